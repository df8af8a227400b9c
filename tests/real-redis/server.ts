// A real redis-server of its own for a test, on a port that was free. Held with `await using`.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createClient } from 'redis';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Sends one command over a connection of its own. */
  command(...args: string[]): Promise<unknown>;
  /** SIGSTOP: connections stay, nothing answers. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
  /** Again on the same port, with empty memory, and waits until it answers. */
  start(): Promise<void>;
}

/**
 * @param args further lines of configuration, such as `--cluster-enabled yes`, word by word
 * @param mode a sentinel holds no data: it watches over servers that do
 */
export async function startRedis(
  args: readonly string[] = [],
  port?: number,
  mode: 'server' | 'sentinel' = 'server',
): Promise<RedisServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'redis-'));
  const server = new Server(port ?? (await freePort()), folder, mode, args);
  try {
    await server.start();
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

class Server implements RedisServer {
  readonly port: number;
  readonly #folder: string;
  readonly #mode: 'server' | 'sentinel';
  readonly #args: readonly string[];
  #process: ChildProcess | undefined;

  constructor(port: number, folder: string, mode: 'server' | 'sentinel', args: readonly string[]) {
    this.port = port;
    this.#folder = folder;
    this.#mode = mode;
    this.#args = args;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const settings = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder];
    const child = spawn('redis-server', [...(await this.#start()), ...settings, ...this.#args], {
      stdio: 'ignore',
    });
    this.#process = child;
    process.once('exit', () => child.kill('SIGKILL'));
    await once(child, 'spawn');
    await until(`redis-server answers on port ${this.port}`, () => this.command('PING'));
  }

  async #start(): Promise<string[]> {
    if (this.#mode === 'server') return ['--save', '', '--appendonly', 'no'];
    // A sentinel writes what it learns into its configuration, and refuses to start without a file for it.
    const file = path.join(this.#folder, 'sentinel.conf');
    await writeFile(file, '');
    return [file, '--sentinel'];
  }

  async command(...args: string[]): Promise<unknown> {
    const client = createClient({
      url: this.url,
      disableOfflineQueue: true,
      socket: { reconnectStrategy: false },
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await client.sendCommand(args);
    } finally {
      client.destroy();
    }
  }

  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'redis';
import { type Certificates, readPem } from './certificates.ts';
import type { Child } from './child.ts';
import { startChild } from './child.ts';
import { freePort } from './free-port.ts';
import { until } from './wait.ts';

export interface RedisServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Runs commands on a connection of its own. */
  ask<T>(commands: (client: ReturnType<typeof clientOf>) => Promise<T>): Promise<T>;
  /** Sends one command, word by word, on a connection of its own. */
  command(...words: string[]): Promise<unknown>;
  /** SIGSTOP: connections stay open and nothing answers. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
  /** Again on the same port, empty, and waits until it answers. */
  start(): Promise<void>;
}

/**
 * A redis-server of the test's own, in memory only.
 *
 * @param settings further configuration, such as `--cluster-enabled yes`, word by word
 * @param mode a sentinel holds no data: it watches over servers that do
 * @param certificates it speaks TLS only, also to other servers
 * @param login `user:password` for the test's own commands, where not everybody may send some
 */
export async function startRedis(
  settings: readonly string[] = [],
  mode: 'server' | 'sentinel' = 'server',
  certificates?: Certificates,
  login?: string,
): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'test-redis-'));
  const port = await freePort();
  const url = `${certificates ? 'rediss' : 'redis'}://127.0.0.1:${port}`;
  const ca = certificates && (await readPem(certificates.authority));
  const ask: RedisServer['ask'] = async (commands) => {
    const client = clientOf(login === undefined ? url : url.replace('//', `//${login}@`), ca);
    client.on('error', () => {});
    try {
      await client.connect();
      return await commands(client);
    } finally {
      client.destroy();
    }
  };
  const start = async () => {
    const args = [...listenOn(port, certificates), '--bind', '127.0.0.1', '--dir', folder, ...settings];
    const started = await startChild('redis-server', [...(await firstArgs(mode, folder)), ...args], {
      folder,
    });
    try {
      await until(`redis-server answers on port ${port}`, () => ask((client) => client.ping()));
      return started;
    } catch (error) {
      await started[Symbol.asyncDispose]();
      throw error;
    }
  };
  let child: Child = await start();
  return {
    url,
    port,
    ask,
    command: (...words) => ask((client) => client.sendCommand(words)),
    pause: () => void child.process.kill('SIGSTOP'),
    resume: () => void child.process.kill('SIGCONT'),
    kill: () => child[Symbol.asyncDispose](),
    start: async () => {
      child = await start();
    },
    async [Symbol.asyncDispose]() {
      await child[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function firstArgs(mode: 'server' | 'sentinel', folder: string): Promise<string[]> {
  // Without the delay in which a primary waits for further replicas (5 s) before it sends its data to the first.
  if (mode === 'server') return ['--save', '', '--appendonly', 'no', '--repl-diskless-sync-delay', '0'];
  // A sentinel writes what it learns into its configuration, and refuses to start without a file for it.
  const file = join(folder, 'sentinel.conf');
  await writeFile(file, '');
  return [file, '--sentinel'];
}

function listenOn(port: number, certificates: Certificates | undefined): string[] {
  if (certificates === undefined) return ['--port', String(port)];
  const { authority, certificate, key } = certificates;
  return [
    ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no'],
    ...['--tls-ca-cert-file', authority, '--tls-cert-file', certificate, '--tls-key-file', key],
    ...['--tls-replication', 'yes', '--tls-cluster', 'yes'],
  ];
}

function clientOf(url: string, ca: string | undefined) {
  // Of the test's own server, whatever name its certificate has.
  const secured = ca === undefined ? {} : ({ tls: true, ca, checkServerIdentity: () => undefined } as const);
  return createClient({ url, disableOfflineQueue: true, socket: { reconnectStrategy: false, ...secured } });
}

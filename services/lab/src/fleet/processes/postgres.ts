import { randomBytes } from 'node:crypto';
import { chown, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { describeExit } from '../../supervision/child.ts';
import { freePort } from '../../supervision/free-port.ts';
import { postgresData } from '../../supervision/remove-folder.ts';
import type { SystemUser } from '../../supervision/unprivileged-user.ts';
import type { Workspace } from '../../supervision/workspace.ts';
import { type BackingService, type DependencyExited, FleetError } from '../fleet.ts';
import { BackingProcess } from './backing-process.ts';
import type { PostgresPrograms } from './postgres-programs.ts';

export interface PostgresOptions {
  readonly programs: PostgresPrograms;
  readonly user: SystemUser | undefined;
  readonly onExited: (error: DependencyExited) => void;
}

export interface PostgresProcess extends BackingService {
  readonly url: string;
}

/** Makes a database cluster in the fleet's folder, starts Postgres on it and waits until it answers. */
export async function startPostgres(
  workspace: Workspace,
  options: PostgresOptions,
): Promise<PostgresProcess> {
  const [folder, port] = await Promise.all([
    workspace.subfolder('postgres', { owner: options.user }),
    freePort(),
  ]);
  // Loopback is open to everybody on the machine, and a superuser of Postgres can run programs as its user.
  const password = randomBytes(24).toString('hex');
  const data = join(workspace.folder, postgresData);
  await initialise(workspace, options, folder, data, password);

  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  const service = new BackingProcess(workspace, {
    command: {
      name: 'postgres',
      command: options.programs.postgres,
      args: [
        '-D',
        data,
        ...Object.entries(settings(port)).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      cwd: folder,
      user: options.user,
      // "Immediate shutdown": it saves nothing, but releases its System V shared memory, which outlives SIGKILL.
      endSignal: 'SIGQUIT',
    },
    // "Fast shutdown": it ends the open connections and writes everything out. SIGTERM would wait for the clients.
    stopSignal: 'SIGINT',
    isServing: () => isServing(url),
    onExited: options.onExited,
  });
  await service.start();
  return Object.assign(service, { url });
}

async function initialise(
  workspace: Workspace,
  options: PostgresOptions,
  folder: string,
  data: string,
  password: string,
): Promise<void> {
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (options.user) await chown(passwordFile, options.user.uid, options.user.gid);
  const initdb = await workspace.start({
    name: 'initdb',
    command: options.programs.initdb,
    args: [
      ...['--pgdata', data, '--username', 'postgres', '--pwfile', passwordFile],
      ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C', '--no-sync'],
    ],
    cwd: folder,
    user: options.user,
  });
  const end = await initdb.end(30_000);
  if (end.code !== 0) throw new FleetError(`initdb ended ${describeExit(end)}:\n${initdb.log.excerpt()}`);
}

function settings(port: number): Record<string, string | number> {
  return {
    listen_addresses: '127.0.0.1',
    port,
    // Only TCP: the path of a socket in a temporary folder can be longer than the 107 bytes that it may have.
    unix_socket_directories: '',
    max_connections: 400,
    shared_buffers: '16MB',
    // Neither waits for the disk. What was committed is with the operating system and survives a SIGKILL of Postgres;
    // only a crash of the machine would lose it, and no fleet outlives that.
    fsync: 'off',
    synchronous_commit: 'on',
    full_page_writes: 'off',
    max_wal_size: '256MB',
    // In the data folder, which is removed with the fleet: what is in /dev/shm stays after a SIGKILL.
    dynamic_shared_memory_type: 'mmap',
    timezone: 'UTC',
  };
}

async function isServing(url: string): Promise<boolean> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 1_000,
    query_timeout: 1_000,
  });
  // A connection that is lost outside of a query is reported here; the query itself fails and is handled.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } finally {
    await client.end().catch(() => {}); // it may never have connected
  }
}

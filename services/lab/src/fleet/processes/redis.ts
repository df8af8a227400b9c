import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient } from 'redis';
import { freePort } from '../../supervision/free-port.ts';
import type { SystemUser } from '../../supervision/unprivileged-user.ts';
import type { Workspace } from '../../supervision/workspace.ts';
import { type DependencyExited, FleetError, type Redis } from '../fleet.ts';
import { BackingProcess } from './backing-process.ts';

export interface RedisOptions {
  readonly program: string;
  readonly user: SystemUser | undefined;
  /** The primary's address, where this one is to be a replica. */
  readonly replicaOf?: string;
  /** What error messages call it, and its folder. Default: `redis`, or `redis-replica`. One workspace has each name once. */
  readonly name?: string;
  /** Default: one of its own. The nodes of a cluster have the same. */
  readonly password?: string;
  /** Further lines of its configuration, which stand last and so replace those of the laboratory. */
  readonly settings?: readonly string[];
  /** How long a start may take, in milliseconds. Default: what an almost empty one needs. */
  readonly startMs?: number;
  readonly onExited: (error: DependencyExited) => void;
}

export interface RedisProcess extends Redis {
  readonly url: string;
  /** Where its files are. */
  readonly folder: string;
}

/** Starts redis-server on a port and a folder of its own, and waits until it answers. */
export async function startRedis(workspace: Workspace, options: RedisOptions): Promise<RedisProcess> {
  const name = options.name ?? (options.replicaOf === undefined ? 'redis' : 'redis-replica');
  const [folder, port] = await Promise.all([workspace.subfolder(name, { owner: options.user }), freePort()]);
  // Loopback is open to everybody on the machine, and a Redis without a password lets them write files as its user.
  const password = options.password ?? randomBytes(24).toString('hex');
  const url = `redis://:${password}@127.0.0.1:${port}`;
  // In a file and not among the arguments, where every user of the machine could read the password.
  const configuration = join(folder, 'redis.conf');
  const lines = [
    ...settings(folder, port, password),
    ...replication(options.replicaOf),
    ...(options.settings ?? []),
  ];
  await writeFile(configuration, lines.join('\n'), { mode: 0o644 });

  const service = new BackingProcess(workspace, {
    command: {
      name,
      command: options.program,
      args: [configuration],
      cwd: folder,
      user: options.user,
    },
    stopSignal: 'SIGTERM',
    isServing: async () => (await ask(url, (client) => client.ping())) === 'PONG',
    onExited: options.onExited,
    startMs: options.startMs,
  });
  await service.start();
  return Object.assign(service, { url, folder, usedBytes: () => usedBytes(url) });
}

function settings(folder: string, port: number, password: string): string[] {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir "${folder}"`,
    // Sessions survive a restart by the append-only file alone.
    'save ""',
    'appendonly yes',
    // Redis hands a write to the system before it answers the client, and what the system has survives SIGKILL. Not so
    // with `everysec`: while an fsync is running, it puts the write off for up to two seconds and answers all the same
    // (flushAppendOnlyFile in aof.c). `no` leaves the fsync to the system, which only a crash of the machine would show.
    'appendfsync no',
    // A full Redis refuses new sessions with an error. Any other policy would remove sessions without one.
    'maxmemory-policy noeviction',
    // A primary sends its data to its first replica at once, and does not wait for further ones (5 s).
    'repl-diskless-sync-delay 0',
  ];
}

function replication(primary: string | undefined): string[] {
  if (primary === undefined) return [];
  const { hostname, port, password } = new URL(primary);
  return [`replicaof ${hostname} ${port}`, `masterauth ${password}`];
}

async function usedBytes(url: string): Promise<number> {
  const info = await ask(url, (client) => client.info('memory'));
  const [, bytes] = /^used_memory:(\d+)/m.exec(info) ?? [];
  if (!bytes) throw new FleetError('INFO memory of Redis did not carry used_memory');
  return Number(bytes);
}

type Client = ReturnType<typeof connectTo>;

const connectTo = (url: string) =>
  createClient({
    url,
    socket: { connectTimeout: 1_000, reconnectStrategy: false },
    disableOfflineQueue: true,
  });

/** One command on a connection of its own, with a second to answer. */
async function ask<T>(url: string, command: (client: Client) => Promise<T>): Promise<T> {
  const client = connectTo(url);
  // node-redis reports a lost connection both here and where a command waits; the latter is the one that is handled.
  client.on('error', () => {});
  try {
    await client.connect();
    return await command(client);
  } finally {
    client.destroy();
  }
}

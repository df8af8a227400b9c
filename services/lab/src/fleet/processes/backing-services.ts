// Redis and Postgres as plain processes on loopback, with what instances of the app need to run on them. A fleet adds a
// pool of instances and a proxy; the bench adds single instances that it measures side by side.

import { fileURLToPath } from 'node:url';
import { type SystemUser, unprivilegedUser } from '../../supervision/unprivileged-user.ts';
import { Workspace } from '../../supervision/workspace.ts';
import type { FleetOptions } from '../fleet.ts';
import { appSettings } from './app-settings.ts';
import { AppInstance } from './instance.ts';
import { migrate } from './migrations.ts';
import { type PostgresProcess, startPostgres } from './postgres.ts';
import { postgresPrograms } from './postgres-programs.ts';
import { findPrograms, type Programs } from './programs.ts';
import { type RedisProcess, startRedis } from './redis.ts';

/** The program that an instance runs. */
export const appEntry = fileURLToPath(new URL('../../../../app/src/main.ts', import.meta.url));

export type BackingServicesOptions = Pick<FleetOptions, 'signal' | 'onAnnouncement' | 'onDependencyExited'>;

export interface SingleInstanceOptions extends Pick<FleetOptions, 'strategy' | 'appSettings'> {
  readonly name: string;
  /** How the instance reaches Redis: a relay's address, for example. Default: directly. */
  readonly redisUrl?: string;
}

/** Held with `await using`; disposing it ends all that was started in its workspace, and removes the folder. */
export interface BackingServices extends AsyncDisposable {
  readonly redis: RedisProcess;
  readonly postgres: PostgresProcess;
  /** For further processes, which end with the services. */
  readonly workspace: Workspace;
  readonly programs: Programs;
  /** Whom the services run as; undefined when it is whoever runs the laboratory. */
  readonly user: SystemUser | undefined;
  /** Of Redis, Postgres and Node. */
  readonly versions: Readonly<Record<'redis' | 'postgres' | 'node', string>>;
  /** Makes the app's tables, once. Instances may be starting meanwhile: they need the tables only to answer requests. */
  migrate(): Promise<void>;
  /** Starts one instance without a proxy, and waits until it is ready. */
  startInstance(options: SingleInstanceOptions): Promise<AppInstance>;
}

/**
 * Starts Redis and Postgres and waits until both answer. Several can run beside each other; none outlives the laboratory.
 *
 * @throws {NotPossibleHere} When this machine lacks a program.
 * @throws {FleetError} When one does not start. Nothing is left running then.
 */
export async function startBackingServices(options: BackingServicesOptions = {}): Promise<BackingServices> {
  options.signal?.throwIfAborted();
  const workspace = await Workspace.open();
  return await startOrDispose(workspace, options.signal, () => start(workspace, options));
}

/**
 * Starts something on what is there already. When that fails, or is aborted meanwhile, what was there is disposed as well.
 *
 * @throws The signal's reason when it is aborted, else what `start` throws.
 */
export async function startOrDispose<T>(
  base: AsyncDisposable,
  signal: AbortSignal | undefined,
  start: () => Promise<T>,
): Promise<T> {
  // Disposal ends the processes that the start is waiting for, and so the start itself.
  const abort = () => void base[Symbol.asyncDispose]();
  signal?.addEventListener('abort', abort);
  try {
    // It may have been aborted before the listener was there.
    signal?.throwIfAborted();
    const started = await start();
    signal?.throwIfAborted();
    return started;
  } catch (error) {
    await base[Symbol.asyncDispose]();
    // An error that something "ended while it started" is only a consequence of the abort.
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

async function start(workspace: Workspace, options: BackingServicesOptions): Promise<BackingServices> {
  const onExited = options.onDependencyExited ?? (() => {});
  const announce = options.onAnnouncement ?? ((text) => process.stderr.write(`${text}\n`));
  const [programs, user] = await Promise.all([findPrograms(announce), unprivilegedUser()]);
  const postgresProgram = await postgresPrograms(user);
  const [redis, postgres] = await Promise.all([
    startRedis(workspace, { program: programs.redisServer, user, onExited }),
    startPostgres(workspace, { programs: postgresProgram, user, onExited }),
  ]);
  return {
    ...{ redis, postgres, workspace, programs, user },
    versions: {
      redis: programs.versions.redis,
      postgres: postgresProgram.version,
      node: process.versions.node,
    },
    migrate: () => migrate(workspace, postgres.url),
    startInstance: ({ name, redisUrl = redis.url, ...options }) =>
      AppInstance.start(workspace, {
        name,
        entry: appEntry,
        settings: appSettings({ ...options, instances: 1 }, { redis: redisUrl, postgres: postgres.url }),
        heapMiB: undefined,
      }),
    [Symbol.asyncDispose]: () => workspace[Symbol.asyncDispose](),
  };
}

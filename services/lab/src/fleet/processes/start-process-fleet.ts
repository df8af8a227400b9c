import { fileURLToPath } from 'node:url';
import { demandPort, freePort } from '../../supervision/free-port.ts';
import { unprivilegedUser } from '../../supervision/unprivileged-user.ts';
import { Workspace } from '../../supervision/workspace.ts';
import type { Fleet, FleetOptions } from '../fleet.ts';
import { appSettings } from './app-settings.ts';
import { InstancePool } from './instance-pool.ts';
import { migrate } from './migrations.ts';
import { startPostgres } from './postgres.ts';
import { postgresPrograms } from './postgres-programs.ts';
import { ProcessFleet } from './process-fleet.ts';
import { findPrograms } from './programs.ts';
import { NginxProxy } from './proxy.ts';
import { startRedis } from './redis.ts';

const app = fileURLToPath(new URL('../../../../app/src/main.ts', import.meta.url));

/**
 * Starts a fleet as plain processes on loopback: nginx, redis-server, Postgres and the instances. Several fleets can
 * run beside each other; none outlives the laboratory.
 *
 * @throws {NotPossibleHere} When this machine lacks a program or the wanted port.
 * @throws {FleetError} When a component does not start. Nothing is left running then.
 */
export async function startProcessFleet(options: FleetOptions): Promise<Fleet> {
  options.signal?.throwIfAborted();
  const workspace = await Workspace.open();
  // Disposal ends the processes that the start is waiting for, and so the start itself.
  const abort = () => void workspace[Symbol.asyncDispose]();
  options.signal?.addEventListener('abort', abort);
  try {
    // It may have been aborted while the workspace was opened, before the listener was there.
    options.signal?.throwIfAborted();
    const fleet = await start(workspace, options);
    options.signal?.throwIfAborted();
    return fleet;
  } catch (error) {
    await workspace[Symbol.asyncDispose]();
    // An error that something "ended while it started" is only a consequence of the abort.
    options.signal?.throwIfAborted();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}

async function start(workspace: Workspace, options: FleetOptions): Promise<Fleet> {
  const { strategy } = options;
  const onExited = options.onDependencyExited ?? (() => {});
  const announce = options.onAnnouncement ?? ((text) => process.stderr.write(`${text}\n`));
  const [programs, user, port] = await Promise.all([
    findPrograms(announce),
    unprivilegedUser(),
    options.port === undefined ? freePort() : demandPort(options.port),
  ]);
  const postgresProgram = await postgresPrograms(user);
  const [redis, postgres] = await Promise.all([
    startRedis(workspace, { program: programs.redisServer, user, onExited }),
    startPostgres(workspace, { programs: postgresProgram, user, onExited }),
  ]);
  const pool = new InstancePool(workspace, {
    entry: options.appEntry ?? app,
    settings: appSettings(options, { redis: redis.url, postgres: postgres.url }),
    heapMiB: options.heapMiB,
  });
  // At the same time, since an instance needs the tables only when requests come.
  await Promise.all([migrate(workspace, postgres.url), pool.add(options.instances)]);
  const { nginx } = programs.versions;
  const proxy = await NginxProxy.start(workspace, pool.servers, {
    ...{ program: programs.nginx, version: nginx, port, strategy, user, onExited },
  });
  return new ProcessFleet({
    ...{ strategy, workspace, proxy, pool, redis, postgres },
    baseUrl: `http://127.0.0.1:${port}`,
    versions: { ...programs.versions, postgres: postgresProgram.version, node: process.versions.node },
  });
}

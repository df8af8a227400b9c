import { fileURLToPath } from 'node:url';
import type { Fleet, FleetOptions } from '../fleet.ts';
import { demandPort, freePort } from '../premises/free-port.ts';
import { Premises } from '../premises/premises.ts';
import { unprivilegedUser } from '../premises/unprivileged.ts';
import { appSettings } from './app-settings.ts';
import { Crew } from './crew.ts';
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
 * @throws {FleetError} When a part does not start. Nothing is left behind then.
 */
export async function startProcessFleet(options: FleetOptions): Promise<Fleet> {
  options.signal?.throwIfAborted();
  const premises = await Premises.open();
  // Clearing ends the processes that the start is waiting for, and with them the start.
  const abort = () => void premises[Symbol.asyncDispose]();
  options.signal?.addEventListener('abort', abort);
  try {
    // It may have been given up while the premises were opened, before anybody listened.
    options.signal?.throwIfAborted();
    const fleet = await start(premises, options);
    options.signal?.throwIfAborted();
    return fleet;
  } catch (error) {
    await premises[Symbol.asyncDispose]();
    // That a part "ended while it started" only follows from the abort.
    options.signal?.throwIfAborted();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}

async function start(premises: Premises, options: FleetOptions): Promise<Fleet> {
  const { strategy } = options;
  const onDied = options.onPartDied ?? (() => {});
  const announce = options.onAnnouncement ?? ((text) => process.stderr.write(`${text}\n`));
  const [programs, user, port] = await Promise.all([
    findPrograms(announce),
    unprivilegedUser(),
    options.port === undefined ? freePort() : demandPort(options.port),
  ]);
  const postgresProgram = await postgresPrograms(user);
  const [redis, postgres] = await Promise.all([
    startRedis(premises, { program: programs.redisServer, user, onDied }),
    startPostgres(premises, { programs: postgresProgram, user, onDied }),
  ]);
  const crew = new Crew(premises, {
    entry: options.appEntry ?? app,
    settings: appSettings(options, { redis: redis.url, postgres: postgres.url }),
    heapMiB: options.heapMiB,
  });
  // At once, since an instance needs the tables only when it is asked for them: until then it boots.
  await Promise.all([migrate(premises, postgres.url), crew.add(options.instances)]);
  const { nginx } = programs.versions;
  const proxy = await NginxProxy.start(premises, crew.servers, {
    ...{ program: programs.nginx, version: nginx, port, strategy, user, onDied },
  });
  return new ProcessFleet({
    ...{ strategy, premises, proxy, crew, redis, postgres },
    entrance: `http://127.0.0.1:${port}`,
    versions: { ...programs.versions, postgres: postgresProgram.version, node: process.versions.node },
  });
}

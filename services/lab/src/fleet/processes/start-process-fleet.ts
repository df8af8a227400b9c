import { demandPort, freePort } from '../../supervision/free-port.ts';
import type { Fleet, FleetOptions } from '../fleet.ts';
import { appSettings } from './app-settings.ts';
import { appEntry, type BackingServices, startBackingServices, startOrDispose } from './backing-services.ts';
import { InstancePool } from './instance-pool.ts';
import { ProcessFleet } from './process-fleet.ts';
import { NginxProxy } from './proxy.ts';

/**
 * Starts a fleet as plain processes on loopback: nginx, redis-server, Postgres and the instances. Several fleets can
 * run beside each other; none outlives the laboratory.
 *
 * @throws {NotPossibleHere} When this machine lacks a program or the wanted port.
 * @throws {FleetError} When a component does not start. Nothing is left running then.
 */
export async function startProcessFleet(options: FleetOptions): Promise<Fleet> {
  // First, so that a port that is taken is reported at once.
  const port = await (options.port === undefined ? freePort() : demandPort(options.port));
  const services = await startBackingServices(options);
  return await startOrDispose(services, options.signal, () => startOn(services, options, port));
}

async function startOn(services: BackingServices, options: FleetOptions, port: number): Promise<Fleet> {
  const { workspace, redis, postgres, programs, user, versions } = services;
  const { strategy, clientLimits = 'laboratory', onDependencyExited: onExited = () => {} } = options;
  const pool = new InstancePool(workspace, {
    entry: options.appEntry ?? appEntry,
    settings: appSettings(options, { redis: redis.url, postgres: postgres.url }),
    heapMiB: options.heapMiB,
  });
  // At the same time, since an instance needs the tables only when requests come.
  await Promise.all([services.migrate(), pool.add(options.instances)]);
  const { nginx } = programs.versions;
  const proxy = await NginxProxy.start(workspace, pool.servers, {
    ...{ program: programs.nginx, version: nginx, port, strategy, clientLimits, user, onExited },
  });
  return new ProcessFleet({
    ...{ strategy, workspace, proxy, pool, redis, postgres },
    baseUrl: `http://127.0.0.1:${port}`,
    versions: { nginx, ...versions },
  });
}

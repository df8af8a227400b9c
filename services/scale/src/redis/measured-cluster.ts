// A Redis Cluster of three primaries without replicas, on the bed.

import { randomBytes } from 'node:crypto';
import type { RedisProcess } from '../../../lab/src/fleet/processes/redis.ts';
import {
  clusterSettings,
  formCluster,
  primaryOfSlot,
} from '../../../lab/src/fleet/processes/redis-cluster.ts';
import { freePort } from '../../../lab/src/supervision/free-port.ts';
import type { Bed } from '../bed.ts';
import type { RedisOfWorkers } from '../workers/run-store-workers.ts';
import { openRedisMeter, type RedisMeter } from './redis-meter.ts';

export interface ClusterNode {
  readonly server: RedisProcess;
  readonly meter: RedisMeter;
}

export interface MeasuredCluster extends AsyncDisposable {
  readonly nodes: readonly ClusterNode[];
  /** For workers, and as REDIS_URL takes it. */
  readonly address: RedisOfWorkers;
  readonly url: string;
  /** Which of the nodes holds a key. Asks the first, which has to run. */
  nodeOf(key: string): Promise<number>;
}

const primaries = 3;

export async function startMeasuredCluster(bed: Bed): Promise<MeasuredCluster> {
  await using opened = new AsyncDisposableStack();
  const password = randomBytes(24).toString('hex');
  const nodes: (ClusterNode & { readonly port: number; readonly busPort: number })[] = [];
  for (let number = 1; number <= primaries; number++) {
    const busPort = await freePort();
    const settings = Object.entries(clusterSettings(busPort)).map(([name, value]) => `${name} ${value}`);
    const server = await bed.startRedis({ name: `redis-node-${number}`, password, settings });
    const meter = opened.use(await openRedisMeter(server.url));
    nodes.push({ server, meter, busPort, port: Number(new URL(server.url).port) });
  }
  const command = (meter: RedisMeter) => meter.command.bind(meter);
  await formCluster(nodes.map(({ meter, port, busPort }) => ({ port, busPort, command: command(meter) })));
  const hosts = nodes.map(({ port }) => `127.0.0.1:${port}`);
  const owned = opened.move();
  return {
    nodes,
    address: { kind: 'cluster', urls: hosts.map((host) => `redis://${host}`), password },
    url: `redis-cluster://:${password}@${hosts.join()}`,
    nodeOf: async (key) =>
      primaryOfSlot(Number(await nodes[0]?.meter.command('CLUSTER', 'KEYSLOT', key)), primaries),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

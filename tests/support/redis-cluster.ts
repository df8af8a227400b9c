// A cluster of three primaries, real and on free ports.

import type { RedisAddress } from 'merging-redis-store';
import { freePort } from './free-port.ts';
import { type RedisServer, startRedis } from './redis.ts';
import { until } from './wait.ts';

export interface Cluster extends AsyncDisposable {
  readonly address: RedisAddress;
  readonly nodes: readonly RedisServer[];
}

export async function startCluster(): Promise<Cluster> {
  await using stack = new AsyncDisposableStack();
  const nodes: { server: RedisServer; busPort: number }[] = [];
  for (let count = 0; count < 3; count++) {
    const busPort = await freePort();
    const timing = ['--cluster-node-timeout', '1000', '--cluster-require-full-coverage', 'no'];
    const args = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort), ...timing];
    nodes.push({ server: stack.use(await startRedis(args)), busPort });
  }
  const [first] = nodes;
  if (first === undefined) throw new Error('a cluster has nodes');
  for (const [index, { server, busPort }] of nodes.entries()) {
    await server.command(
      'CLUSTER',
      'ADDSLOTSRANGE',
      String(bounds[index]),
      String((bounds[index + 1] ?? 0) - 1),
    );
    await first.server.command('CLUSTER', 'MEET', '127.0.0.1', String(server.port), String(busPort));
  }
  for (const { server } of nodes) {
    await until('the cluster is complete', async () => {
      const info = String(await server.command('CLUSTER', 'INFO'));
      const signs = ['cluster_state:ok', 'cluster_slots_ok:16384', 'cluster_known_nodes:3'];
      return signs.every((sign) => info.includes(sign));
    });
  }
  const owned = stack.move();
  return {
    address: { kind: 'cluster', urls: nodes.map(({ server }) => server.url) },
    nodes: nodes.map(({ server }) => server),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Where each node's share of the 16384 hash slots begins, and the end. */
const bounds = [0, 5461, 10_923, 16_384];

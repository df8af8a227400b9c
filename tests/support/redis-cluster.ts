// A cluster of three primaries, with or without a replica of each, real and on free ports.

import type { RedisAddress } from 'merging-redis-store';
import { freePort } from './free-port.ts';
import { type RedisServer, startRedis } from './redis.ts';
import { until } from './wait.ts';

/** The nodes that hold the same share of the keys. */
export interface Shard {
  readonly primary: RedisServer;
  /** Takes over when the primary is silent. None in a cluster without replicas. */
  readonly replica: RedisServer | undefined;
}

export interface Cluster extends AsyncDisposable {
  readonly address: RedisAddress;
  /** The primaries. */
  readonly nodes: readonly RedisServer[];
  readonly shards: readonly Shard[];
  /** The shard that holds a key. Asks the first primary, which has to run. */
  shardOf(key: string): Promise<Shard>;
}

export async function startCluster({ replicas = false } = {}): Promise<Cluster> {
  await using stack = new AsyncDisposableStack();
  const started: Node[] = [];
  for (let count = 0; count < (replicas ? 6 : 3); count++) {
    const node = await startNode();
    stack.use(node.server);
    started.push(node);
  }
  const [first] = started;
  if (first === undefined) throw new Error('a cluster has nodes');
  for (const { server, busPort } of started) {
    await first.server.command('CLUSTER', 'MEET', '127.0.0.1', String(server.port), String(busPort));
  }
  const servers = started.map(({ server }) => server);
  const shards: Shard[] = [];
  for (const [index, primary] of servers.slice(0, 3).entries()) {
    const [begin = 0, end = 0] = bounds.slice(index);
    await primary.command('CLUSTER', 'ADDSLOTSRANGE', String(begin), String(end - 1));
    const replica = servers[index + 3];
    if (replica !== undefined) await replicate(primary, replica);
    shards.push({ primary, replica });
  }
  for (const server of servers) await complete(server, servers.length);
  const owned = stack.move();
  return {
    address: { kind: 'cluster', urls: servers.map(({ url }) => url) },
    nodes: servers.slice(0, 3),
    shards,
    shardOf: async (key) => {
      const slot = Number(await first.server.command('CLUSTER', 'KEYSLOT', key));
      const shard = shards.find((_, index) => slot < (bounds[index + 1] ?? 0));
      if (shard === undefined) throw new Error(`no shard holds the slot ${slot}`);
      return shard;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface Node {
  readonly server: RedisServer;
  readonly busPort: number;
}

async function startNode(): Promise<Node> {
  const busPort = await freePort();
  const timing = ['--cluster-node-timeout', '1000', '--cluster-require-full-coverage', 'no'];
  // A primary would wait 5 s for further replicas before it sends its data to the first.
  const replication = ['--repl-diskless-sync-delay', '0'];
  const args = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort), ...timing, ...replication];
  return { server: await startRedis(args), busPort };
}

async function replicate(primary: RedisServer, replica: RedisServer): Promise<void> {
  const id = String(await primary.command('CLUSTER', 'MYID'));
  await until('the replica knows its primary', async () =>
    String(await replica.command('CLUSTER', 'NODES')).includes(id),
  );
  await replica.command('CLUSTER', 'REPLICATE', id);
  await until('the replica is in step', async () =>
    String(await replica.command('INFO', 'replication')).includes('master_link_status:up'),
  );
}

/** Waits until this node knows all of the others, and which of them are replicas. */
async function complete(server: RedisServer, nodes: number): Promise<void> {
  await until('the cluster is complete', async () => {
    const info = String(await server.command('CLUSTER', 'INFO'));
    const known = String(await server.command('CLUSTER', 'NODES'));
    const signs = ['cluster_state:ok', 'cluster_slots_ok:16384', `cluster_known_nodes:${nodes}`];
    return (
      signs.every((sign) => info.includes(sign)) && (known.match(/\bslave\b/g) ?? []).length === nodes - 3
    );
  });
}

/** Where each primary's share of the 16384 hash slots begins, and the end. */
const bounds = [0, 5461, 10_923, 16_384];

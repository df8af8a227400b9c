// A cluster of three primaries, with or without a replica of each, real and on free ports.

import type { RedisAddress } from 'merging-redis-store';
import {
  type ClusterNode,
  clusterSettings,
  formCluster,
  primaryOfSlot,
} from '../../services/lab/src/fleet/processes/redis-cluster.ts';
import { type Certificates, readPem } from './certificates.ts';
import { freePort } from './free-port.ts';
import { type RedisServer, startRedis } from './redis.ts';

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

export async function startCluster({
  replicas = false,
  certificates,
  settings = [],
}: {
  replicas?: boolean;
  certificates?: Certificates;
  /** Further configuration of the nodes. */
  settings?: readonly string[];
} = {}): Promise<Cluster> {
  await using stack = new AsyncDisposableStack();
  const nodes: (RedisServer & ClusterNode)[] = [];
  for (let count = 0; count < (replicas ? 6 : 3); count++) {
    const busPort = await freePort();
    const ofCluster = Object.entries(clusterSettings(busPort)).flatMap(([name, value]) => [
      `--${name}`,
      value,
    ]);
    const server = stack.use(await startRedis([...ofCluster, ...settings], 'server', certificates));
    nodes.push(Object.assign(server, { busPort }));
  }
  const primaries = nodes.slice(0, 3);
  await formCluster(primaries, nodes.slice(3));
  const shards = primaries.map((primary, index): Shard => ({ primary, replica: nodes[index + 3] }));
  const tls = certificates && { ca: await readPem(certificates.authority) };
  const owned = stack.move();
  return {
    address: { kind: 'cluster', urls: nodes.map(({ url }) => url), ...(tls && { tls }) },
    nodes: primaries,
    shards,
    shardOf: async (key) => {
      const slot = Number(await primaries[0]?.command('CLUSTER', 'KEYSLOT', key));
      const shard = shards[primaryOfSlot(slot, shards.length)];
      if (shard === undefined) throw new Error(`no shard holds the slot ${slot}`);
      return shard;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

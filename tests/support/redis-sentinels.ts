// A primary with a replica and three sentinels that watch them, all real and on free ports.

import type { RedisAddress } from 'merging-redis-store';
import { type Certificates, readPem } from './certificates.ts';
import { type RedisServer, startRedis } from './redis.ts';
import { until } from './wait.ts';

export interface Sentinels extends AsyncDisposable {
  readonly address: Extract<RedisAddress, { kind: 'sentinel' }>;
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  /** Has the sentinels make the replica the primary, while all are well, and waits until it is. */
  failover(): Promise<void>;
}

export async function startSentinels({
  certificates,
  byName = false,
}: {
  certificates?: Certificates;
  /** The sentinels tell clients host names (localhost) in place of IP addresses. */
  byName?: boolean;
} = {}): Promise<Sentinels> {
  await using stack = new AsyncDisposableStack();
  const primary = stack.use(await startRedis([], 'server', certificates));
  const host = byName ? 'localhost' : '127.0.0.1';
  const names = byName ? ['--replica-announce-ip', host] : [];
  const following = ['--replicaof', `127.0.0.1 ${primary.port}`, ...names];
  const replica = stack.use(await startRedis(following, 'server', certificates));
  await until('the replica is in step', async () =>
    String(await replica.command('INFO', 'replication')).includes('master_link_status:up'),
  );
  const sentinels: RedisServer[] = [];
  for (let count = 0; count < 3; count++) {
    const resolved = ['--sentinel', 'resolve-hostnames', 'yes', '--sentinel', 'announce-hostnames', 'yes'];
    const watched = ['--sentinel', 'monitor', 'sessions', host, String(primary.port), '2'];
    const quick = ['--sentinel', 'down-after-milliseconds', 'sessions', '500'];
    const failover = ['--sentinel', 'failover-timeout', 'sessions', '2000'];
    const args = [...(byName ? resolved : []), ...watched, ...quick, ...failover];
    sentinels.push(stack.use(await startRedis(args, 'sentinel', certificates)));
  }
  for (const sentinel of sentinels) {
    await until('the sentinels know each other and the replica', async () => {
      const info = String(await sentinel.command('INFO', 'sentinel'));
      return info.includes('status=ok') && info.includes('slaves=1') && info.includes('sentinels=3');
    });
  }
  const tls = certificates && { ca: await readPem(certificates.authority) };
  const owned = stack.move();
  return {
    address: {
      kind: 'sentinel',
      name: 'sessions',
      sentinels: sentinels.map(({ port }) => ({ host: '127.0.0.1', port })),
      ...(tls && { tls }),
    },
    primary,
    replica,
    failover: async () => {
      await sentinels[0]?.command('SENTINEL', 'FAILOVER', 'sessions');
      await until('the replica is the primary', async () =>
        String(await replica.command('INFO', 'replication')).includes('role:master'),
      );
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

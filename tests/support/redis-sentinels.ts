// A primary with a replica and three sentinels that watch them, all real and on free ports.

import type { RedisAddress } from 'merging-redis-store';
import { type RedisServer, startRedis } from './redis.ts';
import { until } from './wait.ts';

export interface Sentinels extends AsyncDisposable {
  readonly address: Extract<RedisAddress, { kind: 'sentinel' }>;
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  /** Has the sentinels make the replica the primary, while all are well, and waits until it is. */
  failover(): Promise<void>;
}

export async function startSentinels(): Promise<Sentinels> {
  await using stack = new AsyncDisposableStack();
  const primary = stack.use(await startRedis());
  const replica = stack.use(await startRedis(['--replicaof', `127.0.0.1 ${primary.port}`]));
  await until('the replica is in step', async () =>
    String(await replica.command('INFO', 'replication')).includes('master_link_status:up'),
  );
  const sentinels: RedisServer[] = [];
  for (let count = 0; count < 3; count++) {
    const watched = ['--sentinel', 'monitor', 'sessions', '127.0.0.1', String(primary.port), '2'];
    const quick = ['--sentinel', 'down-after-milliseconds', 'sessions', '500'];
    const failover = ['--sentinel', 'failover-timeout', 'sessions', '2000'];
    const args = [...watched, ...quick, ...failover];
    sentinels.push(stack.use(await startRedis(args, 'sentinel')));
  }
  for (const sentinel of sentinels) {
    await until('the sentinels know each other and the replica', async () => {
      const info = String(await sentinel.command('INFO', 'sentinel'));
      return info.includes('status=ok') && info.includes('slaves=1') && info.includes('sentinels=3');
    });
  }
  const owned = stack.move();
  return {
    address: {
      kind: 'sentinel',
      name: 'sessions',
      sentinels: sentinels.map(({ port }) => ({ host: '127.0.0.1', port })),
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

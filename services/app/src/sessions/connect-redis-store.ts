// The strategy `connect-redis`: the set-up of connect-redis' own documentation and of every tutorial, with nothing added.
// It is here to be compared with `redis`, faults and all. Do not copy it: the experiments and
// tests/fleet/stock-faults.test.ts show what it does when two instances write, and when Redis is away.

import { RedisStore } from 'connect-redis';
import type { Logger } from 'pino';
import { createClient } from 'redis';
import type { Config } from '../config.ts';
import type { OpenSessionStore } from './session-store.ts';

export function openConnectRedisStore(
  { redis }: Pick<Config['session'], 'redis'>,
  log: Logger,
): OpenSessionStore {
  if (redis?.kind !== 'standalone') throw new TypeError('the strategy connect-redis needs one Redis server');
  const client = createClient({ url: redis.url });
  // The one thing that nobody can leave out: an `error` event that nobody listens to ends the process.
  client.on('error', (err: unknown) => log.debug({ err }, 'Redis client error'));
  client.connect().catch((err: unknown) => log.debug({ err }, 'gave up connecting to Redis'));
  return {
    store: new RedisStore({ client }),
    ready: () => client.ping(),
    close: async () => client.destroy(),
  };
}

// The strategy `connect-redis`: the set-up of connect-redis' own documentation and of every tutorial, with nothing added.
// It is here to be compared with `redis`, with all its faults. Do not copy it: the experiments and the tests show what
// it does when two instances write at once, and when Redis is down.

import { RedisStore } from 'connect-redis';
import type { Logger } from 'pino';
import { createClient } from 'redis';
import type { Config } from '../config.ts';
import type { OpenedStore } from './opened-store.ts';
import { RedisRefusal } from './redis-refusal.ts';

export function openConnectRedisStore({ redis }: Pick<Config['session'], 'redis'>, log: Logger): OpenedStore {
  if (redis?.kind !== 'standalone') throw new TypeError('the strategy connect-redis needs one Redis server');
  const client = createClient({
    url: redis.url,
    ...(redis.tls && { socket: { ...redis.tls, tls: true } }),
  });
  // The one thing that nobody can leave out: an `error` event without a listener ends the process.
  const refusal = new RedisRefusal();
  client.on('error', (err: unknown) => {
    refusal.note(err);
    log.debug({ err }, 'Redis client error');
  });
  client.on('ready', () => refusal.clear());
  client.connect().catch((err: unknown) => log.debug({ err }, 'gave up connecting to Redis'));
  return {
    store: new RedisStore({ client }),
    endsIdleSessions: false,
    redis: client,
    ready: async () => {
      refusal.throwIfRefused();
      // It would wait in the client's queue, for as long as there is no connection.
      if (!client.isReady) throw new Error('there is no connection to Redis');
      return client.ping();
    },
    close: async () => client.destroy(),
  };
}

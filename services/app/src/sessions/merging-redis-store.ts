// The strategy `redis`: the shared store with this app's kind of session, its merge rules, its settings and its log.

import type { Serializer } from 'merging-redis-store';
import { createSessionRedis, MergingRedisStore } from 'merging-redis-store';
import type { Logger } from 'pino';
import { mergeRuleFor } from '../cart/cart-merge-rule.ts';
import type { Config } from '../config.ts';
import { isSession } from './session-data.ts';
import type { OpenSessionStore } from './session-store.ts';
import { toHttpError } from './store-errors.ts';
import { logConnection, logStoreEvents } from './store-events.ts';

export function openMergingRedisStore(config: Config['session'], log: Logger): OpenSessionStore {
  const { redis, store: settings } = config;
  if (redis === undefined) throw new TypeError('the strategy redis needs the address of Redis');
  const connection = createSessionRedis(redis, logConnection(log));
  const store: MergingRedisStore = new MergingRedisStore({
    client: connection.client,
    reconnect: connection.reconnect,
    ...settings,
    serializer: ourSessions,
    resolverFor: mergeRuleFor,
    observe: logStoreEvents(log, (sessionId) => store.destroy(sessionId)),
  });
  // Rejects only when it is closed before it ever connected, which is no failure.
  connection.connect().catch((err: unknown) => log.debug({ err }, 'gave up connecting to Redis'));
  return {
    store,
    ready: () =>
      store.ping().catch((error: unknown) => {
        throw toHttpError(error);
      }),
    close: connection.close,
  };
}

/** JSON, as connect-redis has it, of which only what has the shape of our sessions counts. */
const ourSessions: Serializer = {
  parse(text) {
    const session: unknown = JSON.parse(text);
    if (!isSession(session)) throw new TypeError('not the shape of a session');
    return session;
  },
  stringify: (session) => JSON.stringify(session),
};

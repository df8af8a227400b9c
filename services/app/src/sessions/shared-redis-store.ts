// The strategy `redis`: the shared store with this app's kind of session, its merge rules, its settings and its log.

import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { translated } from './errors.ts';
import { mergeRuleFor } from './merge-rules.ts';
import { isSession } from './session-data.ts';
import type { OpenSessionStore } from './session-store.ts';
import { createSessionRedis } from './shared-store/redis-client.ts';
import { SharedSessionStore } from './shared-store/shared-session-store.ts';
import type { Serializer } from './shared-store/stored-session.ts';
import { logConnection, logStoreEvents } from './store-log.ts';

export function openSharedRedisStore(config: Config['session'], log: Logger): OpenSessionStore {
  const { redis, store: settings } = config;
  if (redis === undefined) throw new TypeError('the strategy redis needs the address of Redis');
  const connection = createSessionRedis(redis, logConnection(log));
  const store: SharedSessionStore = new SharedSessionStore({
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
        throw translated(error);
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

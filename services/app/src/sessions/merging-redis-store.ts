// The strategy `redis`: the store of services/session-store, with this app's kind of session, its settings and its log.

import type { Serializer } from 'merging-redis-store';
import { createSessionRedis, MergingRedisStore } from 'merging-redis-store';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { OpenedStore } from './opened-store.ts';
import { isSession } from './session-data.ts';
import type { SessionKeys } from './session-keys.ts';
import { toHttpError } from './store-errors.ts';
import { handleStoreEvents, logConnection } from './store-events.ts';

export function openMergingRedisStore(
  config: Config['session'],
  keys: SessionKeys,
  log: Logger,
): OpenedStore {
  const { redis, replicas, store: settings } = config;
  if (redis === undefined) throw new TypeError('the strategy redis needs the address of Redis');
  const connection = createSessionRedis(redis, logConnection(log));
  const replicated = replicas > 0 ? createSessionRedis(redis, logConnection(log)) : undefined;
  const store = new MergingRedisStore({
    ...connection,
    ...settings,
    serializer: jsonOfSessions(keys),
    // `user` and `createdAt` are set as a whole, so for them the later write is right.
    resolverFor: (key) => keys.resolverFor(key),
    observe: handleStoreEvents(log),
    // A logout, and the session that a login makes. A guest's cart need not wait.
    ...(replicated && {
      waitForReplicas: {
        ...replicated,
        replicas,
        isChosen: ({ type, session }) =>
          type === 'destroy' || (type === 'create' && session?.user !== undefined),
      },
    }),
  });
  const connections = [connection, ...(replicated ? [replicated] : [])];
  for (const { connect } of connections) {
    // Rejects only when it is closed before it ever connected, which is no failure.
    connect().catch((err: unknown) => log.debug({ err }, 'gave up connecting to Redis'));
  }
  return {
    store,
    ready: () =>
      store.ping().catch((error: unknown) => {
        throw toHttpError(error);
      }),
    close: async () => {
      await Promise.all(connections.map(({ close }) => close()));
    },
  };
}

/** JSON as connect-redis writes it. Text that is not a session of this app is refused, and so counts as damaged. */
function jsonOfSessions(keys: SessionKeys): Serializer {
  return {
    parse(text) {
      const session: unknown = JSON.parse(text);
      if (!isSession(session, keys)) throw new TypeError('not the shape of a session');
      return session;
    },
    stringify: (session) => JSON.stringify(session),
  };
}

// The strategy `redis`: the store of services/session-store, with this app's kind of session, its settings and its log.

import { createSessionRedis, hashedName, MergingRedisStore } from 'merging-redis-store';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { OpenedStore } from './opened-store.ts';
import { RedisRefusal } from './redis-refusal.ts';
import type { SessionKeys } from './session-keys.ts';
import { ownerOf, userSessionsOf } from './session-owner.ts';
import { jsonOfSessions } from './session-serializer.ts';
import { sessionTagger } from './session-tag.ts';
import { toHttpError } from './store-errors.ts';
import { storeEventHandlers } from './store-events.ts';

export function openMergingRedisStore(
  config: Config['session'],
  keys: SessionKeys,
  log: Logger,
): OpenedStore {
  const { redis, replicas, secrets, absoluteMs, idleMs, guestIdleMs, sessionsPerUser } = config;
  if (redis === undefined) throw new TypeError('the strategy redis needs the address of Redis');
  const refusal = new RedisRefusal();
  const events = storeEventHandlers(log, sessionTagger(secrets[0] ?? ''), refusal);
  const connection = createSessionRedis(redis, events.connection);
  const replicated = replicas > 0 ? createSessionRedis(redis, events.connection) : undefined;
  const store = new MergingRedisStore({
    ...connection,
    ...config.store,
    // Whatever SESSION_KEYS says of new sessions: the id itself tells how it is stored.
    nameOf: hashedName,
    // Not by the cookie, which lives as long as the session may at most.
    ttl: (session) => (session.user === undefined ? guestIdleMs : idleMs) / 1000,
    // Whoever uses a session after its absolute timeout is refused, so none is used for longer than both together.
    owners: { ownerOf, longestMs: absoluteMs + idleMs, maxSessions: sessionsPerUser },
    serializer: jsonOfSessions(keys),
    // `user` and `createdAt` are set as a whole, so for them the later write is right.
    resolverFor: (key) => keys.resolverFor(key),
    checkMerged: (session) => keys.checkMerged?.(session),
    observe: events.observe,
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
    endsIdleSessions: true,
    ...(store.ownedSessions && { userSessions: userSessionsOf(store.ownedSessions) }),
    redis: connection.client,
    ready: () =>
      store.ping().catch((error: unknown) => {
        refusal.throwIfRefused();
        throw toHttpError(error);
      }),
    close: async () => {
      await Promise.all(connections.map(({ close }) => close()));
    },
  };
}

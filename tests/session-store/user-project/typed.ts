// Only type-checked, in an empty project, against the published declarations.

import session from 'express-session';
import {
  addUp,
  createSessionRedis,
  MergingRedisStore,
  type MergingRedisStoreOptions,
  SessionGone,
  type SessionStoreEvent,
  SessionStoreUnavailable,
} from 'merging-redis-store';
import { createClient, createCluster, createSentinel } from 'redis';
import { conformance, type Outcome, runChecks } from 'session-store-conformance';

const url = 'redis://localhost';
const ownClient = createSessionRedis(() => createClient({ url, disableOfflineQueue: true }), {
  onError: console.error,
});
const connection = createSessionRedis({ kind: 'standalone', url }, { onError: console.error });
const events: SessionStoreEvent[] = [];
const options: MergingRedisStoreOptions = {
  client: connection.client,
  reconnect: connection.reconnect,
  prefix: 'sess:',
  ttl: (data) => data.cookie.originalMaxAge ?? 60,
  resolverFor: (key) => (key === 'visits' ? addUp : undefined),
  observe: (event) => void events.push(event),
};
// The user's own clients.
const clients = [
  createClient({ url, disableOfflineQueue: true }),
  createSentinel({ name: 'primary', sentinelRootNodes: [{ host: 'localhost', port: 26379 }] }),
  createCluster({ rootNodes: [{ url }] }),
];

export const stores: session.Store[] = [
  new MergingRedisStore(options),
  new MergingRedisStore(connection),
  new MergingRedisStore({ ...ownClient, waitForReplicas: { client: clients[0] ?? ownClient.client } }),
  ...clients.map((client) => new MergingRedisStore({ client })),
];
export const middleware = session({ store: new MergingRedisStore(options), secret: 'a secret of the tests' });

export const outcomes: Promise<readonly Outcome[]> = runChecks(
  conformance(() => ({ stores: [new session.MemoryStore(), new session.MemoryStore()], close: () => {} })),
);

export function statusOf(error: unknown): number {
  if (error instanceof SessionGone) return error.status;
  if (error instanceof SessionStoreUnavailable) return error.reason === 'timeout' ? error.status : 500;
  // @ts-expect-error what has been narrowed to unknown has no status
  return error.status;
}

// The client of a cluster knows no node before it is connected, and none any more once it is closed.

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createSessionRedis, MergingRedisStore, type SessionRedisConnection } from 'merging-redis-store';
import { Instance, sessionData } from '../support/session-requests.ts';

const connect = () =>
  createSessionRedis({ kind: 'cluster', urls: ['redis://127.0.0.1:1'] }, { onError: () => undefined });

let connections: SessionRedisConnection[];
let store: MergingRedisStore;
let waitingStore: MergingRedisStore;
beforeEach(() => {
  connections = [connect(), connect()];
  const [connection, own] = connections;
  if (!connection || !own) throw new Error('there are two');
  store = new MergingRedisStore(connection);
  waitingStore = new MergingRedisStore({ ...connection, waitForReplicas: own });
});
afterEach(async () => {
  for (const connection of connections) await connection.close();
});

test.each<[string, () => Promise<unknown>]>([
  ['get', () => store.get('one')],
  ['set', () => store.set('one', sessionData({}))],
  ['destroy', () => store.destroy('one')],
  ['all', () => store.all()],
  ['ids', () => store.ids()],
  ['length', () => store.length()],
  ['clear', () => store.clear()],
  ['ping', () => store.ping()],
  ['set that waits for a replica', () => waitingStore.set('one', sessionData({}))],
  ['destroy that waits for a replica', () => waitingStore.destroy('one')],
  ['a login that waits for a replica', () => new Instance(waitingStore).newRequest().save()],
])('Without a node each call fails, and says that nothing was sent: %s', async (_, call) => {
  await expect(call()).rejects.toMatchObject({ reason: 'offline', outcome: 'not done', status: 503 });
});

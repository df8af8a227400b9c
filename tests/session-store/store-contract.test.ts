// What express-session's README asks of a store and what connect-redis documents, so that this store can take its place.

import { EventEmitter } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import session, { type SessionData } from 'express-session';
import { MergingRedisStore } from 'merging-redis-store';
import { createClient } from 'redis';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { Instance, sessionData } from '../support/session-requests.ts';
import { openMergingStore } from '../support/session-stores.ts';
import { until } from '../support/wait.ts';

const opened = new AsyncDisposableStack();
let redis: RedisServer;
let store: MergingRedisStore;
beforeAll(async () => {
  redis = opened.use(await startRedis());
  store = opened.use(await openMergingStore(redis.url)).store;
});
beforeEach(() => redis.command('FLUSHALL'));
afterAll(() => opened.disposeAsync());

/** What a callback of the store is called with, and how often. */
async function calledBack(
  call: (callback: (...args: unknown[]) => void) => unknown,
): Promise<{ calls: number; error: unknown; value: unknown }> {
  const called = Promise.withResolvers<void>();
  const calls: unknown[][] = [];
  await call((...args) => {
    calls.push(args);
    called.resolve();
  });
  await called.promise;
  // A second call would come in one of the next turns.
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
  const [[error, value] = []] = calls;
  return { calls: calls.length, error, value };
}

type Callback = (...args: unknown[]) => void;
type Calls = readonly [string, (of: MergingRedisStore, callback?: Callback) => Promise<unknown>, unknown][];
/** All that a store can do, and what it gives where `id` is the only session. */
const calls: Calls = [
  ['get', (of, callback) => of.get('id', callback), expect.objectContaining({ user: 'ada' })],
  ['set', (of, callback) => of.set('id', sessionData({ user: 'eve' }), callback), undefined],
  ['touch', (of, callback) => of.touch('id', sessionData({}), callback), undefined],
  ['destroy', (of, callback) => of.destroy('id', callback), undefined],
  ['all', (of, callback) => of.all(callback), [expect.objectContaining({ user: 'ada' })]],
  ['ids', (of, callback) => of.ids(callback), ['id']],
  ['length', (of, callback) => of.length(callback), 1],
  ['clear', (of, callback) => of.clear(callback), undefined],
];

describe('The store', () => {
  test('is one of express-session’s and an event emitter', () => {
    expect(store).toBeInstanceOf(session.Store);
    expect(store).toBeInstanceOf(EventEmitter);
  });

  test.each(calls)(
    'answers a callback once, and a promise where there is none: %s',
    async (_, call, expected) => {
      await store.set('id', sessionData({ user: 'ada' }));
      const { calls: count, error, value } = await calledBack((callback) => call(store, callback));
      expect({ count, error: error ?? undefined, value: value ?? undefined }).toEqual({
        count: 1,
        error: undefined,
        value: expected,
      });
      await store.set('id', sessionData({ user: 'ada' }));
      expect((await call(store)) ?? undefined).toEqual(expected);
    },
  );

  test.each(calls)(
    'hands a failure to the callback, and rejects where there is none: %s',
    async (_, call) => {
      await using own = await startRedis();
      await using opening = await openMergingStore(own.url);
      await own.kill();
      const failure = expect.objectContaining({ code: 'SESSION_STORE_UNAVAILABLE', status: 503 });
      let disconnects = 0;
      opening.store.on('disconnect', () => disconnects++);
      // A renewal that failed is no error of the request.
      const expected = call === calls[2]?.[1] ? undefined : failure;
      const { calls: count, error } = await calledBack((callback) => call(opening.store, callback));
      expect({ count, error: error ?? undefined }).toEqual({ count: 1, error: expected });
      const rejection = await call(opening.store).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(rejection).toEqual(expected);
      expect(disconnects).toBe(0);
    },
  );

  test('never takes a Redis that is not there for a session that is not there', async () => {
    // express-session reads the code ENOENT, which a missing Unix socket gives, as "no such session".
    const client = createClient({
      socket: { path: '/nowhere/redis.sock', reconnectStrategy: 50 },
      disableOfflineQueue: true,
    });
    const codes: unknown[] = [];
    client.on('error', (error) => codes.push(error.code));
    const connecting = client.connect().catch(() => undefined);
    try {
      await until('the connection failed', () => codes.includes('ENOENT'));
      const failure = { code: 'SESSION_STORE_UNAVAILABLE', status: 503 };
      const own = new MergingRedisStore({ client });
      for (const [, call] of calls.slice(0, 2)) await expect(call(own)).rejects.toMatchObject(failure);
    } finally {
      client.destroy();
      await connecting;
    }
  });

  test('knows no session by an id that was never stored, and touching or destroying it is no error', async () => {
    expect((await store.get('none')) ?? null).toBeNull();
    await store.touch('none', sessionData({ user: 'ada' }));
    await store.destroy('none');
    expect(await redis.command('DBSIZE')).toBe(0);
    expect([await store.all(), await store.ids(), await store.length()]).toEqual([[], [], 0]);
    await store.clear();
  });

  test('takes any text for an id', async () => {
    for (const id of ['a*b', 'a b', '{tag}', '__proto__', 'é/\\"', '']) {
      await store.set(id, sessionData({ id: `of ${id}` }));
      expect(await store.get(id)).toMatchObject({ id: `of ${id}` });
      expect(await store.ids()).toEqual([id]);
      await store.destroy(id);
    }
  });

  test('gives data that is the caller’s own: changing it changes nothing that is stored', async () => {
    await store.set('id', sessionData({ list: [1] }));
    const mine = await store.get('id');
    Object.assign(mine ?? {}, { list: [2] });
    expect(await store.get('id')).toMatchObject({ list: [1] });
  });

  test('loads a session for the app with `load`, which can be changed and saved', async () => {
    const request = new Instance(store).newRequest();
    request.session.user = 'ada';
    await request.save();
    const loaded = await new Promise<SessionData | undefined>((resolve, reject) => {
      store.load(request.id, (error, found) => (error ? reject(error) : resolve(found)));
    });
    if (!(loaded instanceof session.Session)) throw new TypeError('expected a session');
    Object.assign(loaded, { page: 1 });
    await new Promise<void>((resolve, reject) => {
      loaded.save((error) => (error ? reject(error) : resolve()));
    });
    expect(await store.get(request.id)).toMatchObject({ user: 'ada', page: 1 });
  });
});

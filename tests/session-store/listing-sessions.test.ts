// `all`, `ids`, `length` and `clear`, which express-session itself never calls: admin pages and jobs do.

import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { SessionData } from 'express-session';
import { SessionGone } from 'merging-redis-store';
import type { RedisServer } from '../support/redis.ts';
import { startCluster } from '../support/redis-cluster.ts';
import { Instance, TestRequest } from '../support/session-requests.ts';
import { openMergingStore } from '../support/session-stores.ts';
import { load, TwoInstances } from './two-instances.ts';

const two = await TwoInstances.open();
const { redis, a, b, storeOfA, storeOfB, events, stored, login } = two;
beforeEach(async () => {
  await redis.command('FLUSHALL');
  events.splice(0);
});
afterAll(() => two[Symbol.asyncDispose]());

/** Sessions without a user's request. The key is the prefix with a number behind it. */
async function fill(server: RedisServer, count: number, prefix = 'sess:'): Promise<void> {
  const text = (user: number) => JSON.stringify({ cookie: { originalMaxAge: 60_000 }, user });
  await server.ask((client) =>
    Promise.all(Array.from({ length: count }, (_, user) => client.set(prefix + user, text(user)))),
  );
}

const users = (sessions: readonly object[]): number[] =>
  sessions.map((session) => Number(Reflect.get(session, 'user'))).sort((one, other) => one - other);

/** The only session that there is, as `all` gives it. */
async function listed(): Promise<SessionData> {
  const [session] = await storeOfA.all();
  if (!session) throw new Error('there is no session');
  return session;
}

describe('All sessions', () => {
  test('are listed with their ids, however many batches that takes', async () => {
    await using opened = await openMergingStore(redis.url, { scanCount: 10 });
    await fill(redis, 1000);
    const numbers = Array.from({ length: 1000 }, (_, index) => index);
    expect((await opened.store.ids()).map(Number).sort((one: number, other: number) => one - other)).toEqual(
      numbers,
    );
    expect(users(await opened.store.all())).toEqual(numbers);
    expect(await opened.store.length()).toBe(1000);
    await opened.store.clear();
    expect(await redis.command('DBSIZE')).toBe(0);
  });

  test('are those of this prefix alone, also where it holds characters of a pattern', async () => {
    const prefix = String.raw`a*b[?^]\:`;
    await using opened = await openMergingStore(redis.url, { prefix });
    await fill(redis, 2, prefix);
    for (const other of ['a*b', 'axxb[?^]\\:', 'axb?:', 'sess:']) await fill(redis, 1, other);
    expect((await opened.store.ids()).sort()).toEqual(['0', '1']);
    expect(users(await opened.store.all())).toEqual([0, 1]);
    expect(await opened.store.length()).toBe(2);
    await opened.store.clear();
    expect(await opened.store.length()).toBe(0);
    expect(await redis.command('DBSIZE')).toBe(4);
  });

  test('are given without what is damaged, which is reported', async () => {
    await fill(redis, 3);
    await redis.command('SET', 'sess:damaged', 'not JSON');
    expect(users(await storeOfA.all())).toEqual([0, 1, 2]);
    expect(events).toMatchObject([{ type: 'damaged', sessionId: 'damaged' }]);
  });

  test('know their id, which is not part of what is stored', async () => {
    await fill(redis, 1, 'sess:known-');
    const session = await listed();
    expect(Reflect.get(session, 'id')).toBe('known-0');
    expect(Object.keys(session).sort()).toEqual(['cookie', 'user']);
  });

  test('are those of all nodes of a cluster', async () => {
    await using cluster = await startCluster();
    await using opened = await openMergingStore(cluster.address);
    const instance = new Instance(opened.store);
    for (let user = 0; user < 24; user++) {
      const request = instance.newRequest();
      request.session.user = user;
      await request.save();
    }
    expect(users(await opened.store.all())).toEqual(Array.from({ length: 24 }, (_, user) => user));
    expect(await opened.store.length()).toBe(24);
    await opened.store.clear();
    expect(await opened.store.ids()).toEqual([]);
  }, 60_000);
});

describe('Data of a session that is written without a request', () => {
  test('does not bring back a session that was ended on another instance', async () => {
    const { id } = await login({ user: 'ada' });
    const data = await listed();
    await (await load(b, id)).destroy();
    await expect(storeOfA.set(id, Object.assign(data, { note: 1 }))).rejects.toThrow(SessionGone);
    expect(await stored(id)).toBeUndefined();
  });

  test('is written together with what a request has written since it was listed', async () => {
    const { id } = await login({ user: 'ada' });
    const data = await listed();
    const other = await load(b, id);
    other.session.other = 1;
    await other.save();
    await storeOfA.set(id, Object.assign(data, { note: 2 }));
    expect(await stored(id)).toEqual({ user: 'ada', other: 1, note: 2 });
  });

  test('may be made into two sessions, which both write', async () => {
    const { id } = await login({ user: 'ada' });
    const data = await storeOfB.get(id);
    if (!data) throw new Error('there is no such session');
    const requests = [new TestRequest(storeOfB, id), new TestRequest(storeOfB, id)];
    for (const request of requests) request.inflate(data);
    // Each of them has what it loaded in an object of its own, as two requests have.
    for (const [index, { session }] of requests.entries()) session[`key${index}`] = index;
    for (const request of requests) await request.save();
    expect((await load(a, id)).content).toEqual({ user: 'ada', key0: 0, key1: 1 });
  });
});

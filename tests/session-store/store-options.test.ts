// How long sessions live, and the options that connect-redis documents, with this store.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { SessionData } from 'express-session';
import type { MergingRedisStore } from 'merging-redis-store';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { commandsDuring } from '../support/redis-commands.ts';
import { sessionData } from '../support/session-requests.ts';
import { openMergingStore } from '../support/session-stores.ts';
import { taggedSerializer } from './tagged-serializer.ts';

const opened = new AsyncDisposableStack();
let redis: RedisServer;
let store: MergingRedisStore;
beforeAll(async () => {
  redis = opened.use(await startRedis());
  store = opened.use(await openMergingStore(redis.url)).store;
});
beforeEach(() => redis.command('FLUSHALL'));
afterAll(() => opened.disposeAsync());

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000);
const ttlSeconds = async (key: string) => Number(await redis.command('PTTL', key)) / 1000;

describe('A session lives', () => {
  const withoutEnd = { originalMaxAge: null };

  test('for a day where its cookie has no end', async () => {
    await store.set('id', sessionData({}, withoutEnd));
    expect(await ttlSeconds('sess:id')).toBeCloseTo(86_400, -1);
  });

  test('for the option `ttl` in seconds where its cookie has no end, and for its cookie’s time where it has one', async () => {
    await using own = await openMergingStore(redis.url, { ttl: 100 });
    await own.store.set('id', sessionData({}, withoutEnd));
    expect(await ttlSeconds('sess:id')).toBeCloseTo(100, -1);
    await own.store.set('dated', sessionData({}, { ...withoutEnd, expires: inSeconds(3000) }));
    expect(await ttlSeconds('sess:dated')).toBeCloseTo(3000, -1);
    await own.store.set('aged', sessionData({}, { originalMaxAge: 5_000_000 }));
    expect(await ttlSeconds('sess:aged')).toBeCloseTo(5000, -1);
  });

  test('for what a function says, which is given the session', async () => {
    const ttl = (of: SessionData) => (Object.hasOwn(of, 'short') ? 1000 : 2000);
    await using own = await openMergingStore(redis.url, { ttl });
    for (const [name, seconds] of [['short', 1000] as const, ['long', 2000] as const]) {
      await own.store.set(name, sessionData({ [name]: true }));
      expect(await ttlSeconds(`sess:${name}`)).toBeCloseTo(seconds, -1);
      await redis.command('PEXPIRE', `sess:${name}`, '60000');
      await own.store.touch(name, sessionData({ [name]: true }));
      expect(await ttlSeconds(`sess:${name}`)).toBeCloseTo(seconds, -1);
    }
  });

  test('on after a touch by the date that its cookie then has, and keeps its content', async () => {
    await store.set('id', sessionData({ user: 'ada' }, { ...withoutEnd, expires: inSeconds(60) }));
    await store.touch('id', sessionData({ user: 'eve' }, { ...withoutEnd, expires: inSeconds(600) }));
    expect(await ttlSeconds('sess:id')).toBeCloseTo(600, -1);
    expect(await store.get('id')).toMatchObject({ user: 'ada' });
  });

  test.each([
    ['a date that has passed', { ...withoutEnd, expires: inSeconds(-10) }],
    ['a lifetime of 0', { originalMaxAge: 0 }],
    ['a lifetime below 0', { originalMaxAge: -1 }],
  ])('no longer once it is set or touched with %s', async (_, cookie) => {
    await store.set('id', sessionData({}));
    await store.set('id', sessionData({}, cookie));
    await store.set('touched', sessionData({}));
    await store.touch('touched', sessionData({}, cookie));
    expect(await redis.command('DBSIZE')).toBe(0);
  });
});

describe('The option', () => {
  test('`prefix` precedes the id in the key; the default is sess:', async () => {
    for (const [prefix, key] of [['mine:', 'mine:id'] as const, ['', 'id'] as const]) {
      await using own = await openMergingStore(redis.url, { prefix });
      await own.store.set('id', sessionData({ prefix }));
      expect(await redis.command('EXISTS', key)).toBe(1);
      expect(await own.store.get('id')).toMatchObject({ prefix });
      await own.store.destroy('id');
      expect(await redis.command('DBSIZE')).toBe(0);
    }
    await store.set('id', sessionData({}));
    expect(await redis.command('EXISTS', 'sess:id')).toBe(1);
  });

  test('`serializer` writes and reads what is stored, `parse` at once or later', async () => {
    const later = { ...taggedSerializer, parse: async (text: string) => taggedSerializer.parse(text) };
    for (const serializer of [taggedSerializer, later]) {
      await using own = await openMergingStore(redis.url, { serializer });
      const tags = new Set(['a']);
      await own.store.set('id', Object.assign(sessionData({}), { tags }));
      expect(await redis.command('GET', 'sess:id')).toContain('{"$set":["a"]}');
      expect(await own.store.get('id')).toMatchObject({ tags });
      expect(await own.store.all()).toMatchObject([{ tags }]);
    }
  });

  test('`scanCount` says how many keys a step of SCAN looks at', async () => {
    const texts = Array.from({ length: 500 }, (_, index) => [
      `sess:${index}`,
      JSON.stringify(sessionData({})),
    ]);
    await redis.command('MSET', ...texts.flat());
    const steps = async (scanCount: number) => {
      await using own = await openMergingStore(redis.url, { scanCount });
      const { scan = 0 } = await commandsDuring(redis, async () => {
        expect(await own.store.length()).toBe(500);
      });
      return scan;
    };
    expect(await steps(1000)).toBeLessThanOrEqual(2);
    expect(await steps(10)).toBeGreaterThan(25);
  });
});

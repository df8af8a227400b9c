import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createClient } from 'redis';
import { InvalidLifetime, SessionGone } from '../../services/session-store/src/errors.ts';
import { MergingRedisStore } from '../../services/session-store/src/merging-redis-store.ts';
import { commandsDuring } from '../support/redis-commands.ts';
import { Instance } from '../support/session-requests.ts';
import { openMergingStore } from '../support/session-stores.ts';
import { load, TwoInstances } from './two-instances.ts';

const two = await TwoInstances.open();
const { redis, a, b, storeOfA, events, stored, ttlMs, login } = two;
beforeEach(() => void events.splice(0));
afterAll(() => two[Symbol.asyncDispose]());

describe('A session', () => {
  test('that one instance stored is known to the other', async () => {
    const { id } = await login({ user: 'ada', list: [], big: 12_345_678_901_234, nested: { none: null } });
    const request = await load(b, id);
    expect(request.content).toEqual({
      user: 'ada',
      list: [],
      big: 12_345_678_901_234,
      nested: { none: null },
    });
    expect(request.session.cookie.expires).toBeInstanceOf(Date);
    expect(await ttlMs(id)).toBeGreaterThan(1_790_000);
  });

  test('that was never stored is unknown', async () => {
    expect(await a.load('none')).toBeUndefined();
  });

  test('expires by Redis’ clock alone, whatever date its cookie has', async () => {
    const cookie = { originalMaxAge: 1000, expires: '1999-01-01T00:00:00.000Z' };
    await redis.command('SET', 'sess:past', JSON.stringify({ cookie, user: 'ada' }), 'PX', '60000');
    const request = await load(a, 'past');
    expect(request.content).toEqual({ user: 'ada' });
    request.session.seen = true;
    await request.save();
    expect(await stored('past')).toEqual({ user: 'ada', seen: true });
  });

  test('gets a new id with one SET at login, and the save at the end of the request sends nothing', async () => {
    const request = a.newRequest();
    const counts = await commandsDuring(redis, async () => {
      await request.regenerate();
      request.session.user = 'ada';
      await request.save();
      request.session.touch();
      await request.save();
    });
    expect(counts).toEqual({ set: 1 });
  });

  test('is written with one command by each save of a request while no other request writes', async () => {
    const { id } = await login({ user: 'ada' });
    const request = await load(b, id);
    const counts = await commandsDuring(redis, async () => {
      for (const page of [1, 2, 3]) {
        request.session.page = page;
        await request.save();
      }
    });
    // The script's own GET and SET are counted by Redis as well.
    expect(counts).toEqual({ evalsha: 3, get: 3, set: 3 });
  });

  test('is read in one round trip of GET and PTTL', async () => {
    const { id } = await login({ user: 'ada' });
    const counts = await commandsDuring(redis, async () => {
      const request = await load(b, id);
      await request.touch();
    });
    expect(counts).toEqual({ get: 1, pttl: 1 });
  });
});

describe('A renewal', () => {
  test('is sent when a tenth of the lifetime is used up, and not before', async () => {
    const { id } = await login({ user: 'ada' });
    await redis.command('PEXPIRE', `sess:${id}`, '1700000');
    expect(await commandsDuring(redis, async () => (await load(a, id)).touch())).toEqual({ get: 1, pttl: 1 });
    await redis.command('PEXPIRE', `sess:${id}`, '1600000');
    const counts = await commandsDuring(redis, async () => (await load(a, id)).touch());
    // The script's own GET and PEXPIRE are counted by Redis as well.
    expect(counts).toEqual({ get: 2, pttl: 1, evalsha: 1, pexpire: 1 });
    expect(await ttlMs(id)).toBeGreaterThan(1_790_000);
  });

  test('is sent by a save of what is stored already, where it is due', async () => {
    const { id } = await login({ user: 'ada' });
    await redis.command('PEXPIRE', `sess:${id}`, '1000');
    const counts = await commandsDuring(redis, async () => (await load(a, id)).save());
    expect(counts).toEqual({ get: 2, pttl: 1, evalsha: 1, pexpire: 1 });
  });

  test('is sent each time where touchAfter is 0', async () => {
    await using exact = await openMergingStore(redis.url, { touchAfter: 0 });
    const { id } = await login({ user: 'ada' });
    const counts = await commandsDuring(redis, async () =>
      (await load(new Instance(exact.store), id)).touch(),
    );
    expect(counts).toMatchObject({ pexpire: 1 });
  });

  test('gives a time to live to a key that has none', async () => {
    await redis.command('SET', 'sess:endless', JSON.stringify({ cookie: { originalMaxAge: 60_000 } }));
    await (await load(a, 'endless')).touch();
    expect(await ttlMs('endless')).toBeGreaterThan(59_000);
  });

  test('follows a lifetime that was made shorter', async () => {
    const { id } = await login({ user: 'ada' });
    const request = await load(a, id);
    request.session.cookie.maxAge = 5000;
    await request.touch();
    expect(await ttlMs(id)).toBeLessThan(5001);
  });
});

describe('What is stored under a session’s key but is no session', () => {
  test.each(['not JSON', '{}', '{"cookie":5}', 'null', '[]', '"text"'])(
    'is ignored and reported: %s',
    async (text) => {
      await redis.command('SET', 'sess:damaged', text);
      expect(await a.load('damaged')).toBeUndefined();
      expect(events).toMatchObject([{ type: 'damaged', sessionId: 'damaged' }]);
      expect(String(await redis.command('GET', 'sess:damaged'))).toBe(text);
    },
  );

  test('is not overwritten by a request that had loaded a session there', async () => {
    const { id } = await login({ user: 'ada' });
    const request = await load(a, id);
    await redis.command('SET', `sess:${id}`, 'not JSON');
    request.session.page = 1;
    await expect(request.save()).rejects.toThrow(SessionGone);
    expect(await redis.command('GET', `sess:${id}`)).toBe('not JSON');
  });
});

describe('The store', () => {
  test('never sends a lifetime to Redis that is not a number', async () => {
    const request = a.newRequest();
    request.session.cookie.maxAge = Number.NaN;
    const counts = await commandsDuring(redis, async () => {
      await expect(request.save()).rejects.toThrow(InvalidLifetime);
      await expect(request.touch()).rejects.toThrow(InvalidLifetime);
    });
    expect(counts).toEqual({});
  });

  test('stores plain data that is passed to it, each time', async () => {
    const data = Object.assign(a.newRequest().session, {});
    const plain = JSON.parse(JSON.stringify({ ...data, by: 'hand' }));
    await storeOfA.set('plain', plain);
    await storeOfA.destroy('plain');
    await storeOfA.set('plain', plain);
    expect(await stored('plain')).toEqual({ by: 'hand' });
  });

  test('writes what it loaded without a Session, by the same rules', async () => {
    const { id } = await login({ user: 'ada' });
    const data = await storeOfA.get(id);
    if (!data) throw new Error('there is no such session');
    const other = await load(b, id);
    other.session.other = 1;
    await other.save();
    await storeOfA.set(id, Object.assign(data, { note: 2 }));
    expect(await stored(id)).toEqual({ user: 'ada', other: 1, note: 2 });
  });

  test('calls back once, also when the callback throws', async () => {
    const fixture = new URL('./throwing-callback.fixture.ts', import.meta.url).pathname;
    const { stdout } = await promisify(execFile)(process.execPath, [fixture, redis.url]);
    expect(stdout.trim()).toBe('called 1 time, uncaught: a mistake in a handler');
  });

  test('lists, counts and clears its sessions', async () => {
    await using other = await openMergingStore(redis.url, { prefix: 'other:' });
    await redis.command('SET', 'other:1', JSON.stringify({ cookie: {}, user: 'ada' }));
    await redis.command('SET', 'other:2', JSON.stringify({ cookie: {}, user: 'eve' }));
    expect(await other.store.length()).toBe(2);
    expect((await other.store.ids()).sort()).toEqual(['1', '2']);
    await other.store.clear();
    expect(await other.store.all()).toEqual([]);
  });

  test('goes on when Redis has lost its script', async () => {
    const { id } = await login({ user: 'ada' });
    await redis.command('SCRIPT', 'FLUSH');
    const request = await load(a, id);
    request.session.page = 1;
    await request.save();
    expect(await stored(id)).toEqual({ user: 'ada', page: 1 });
  });

  test('refuses options outside of their range', () => {
    const client = createClient({ disableOfflineQueue: true });
    for (const wrong of [
      { deadlineMs: 0 },
      { touchAfter: 1 },
      { touchAfter: Number.NaN },
      { breakerThreshold: 0 },
    ]) {
      expect(() => new MergingRedisStore({ client, ...wrong })).toThrow(RangeError);
    }
  });
});

// When a session really ends is known to Redis alone. The date that is stored with it is that of its last write, and a
// renewal does not write.

import { afterAll, describe, expect, test } from '@jest/globals';
import { Instance } from '../support/session-requests.ts';
import { openMergingStore } from '../support/session-stores.ts';
import { load, TwoInstances } from './two-instances.ts';

const two = await TwoInstances.open();
const { redis, a, storeOfA, storeOfB, ttlMs, login } = two;
afterAll(() => two[Symbol.asyncDispose]());

/** How far the date that `get` gives is from the end by Redis' clock, in milliseconds. */
async function errorMs(id: string): Promise<number> {
  const data = await storeOfB.get(id);
  const end = Date.now() + (await ttlMs(id));
  return Math.abs(new Date(String(data?.cookie.expires)).getTime() - end);
}

describe('The date of expiry that `get` gives', () => {
  test('is the true end after a renewal', async () => {
    const { id } = await login({ user: 'ada' });
    await redis.command('PEXPIRE', `sess:${id}`, '60000');
    expect(await errorMs(id)).toBeLessThan(1000);
    await (await load(a, id)).touch();
    expect(await ttlMs(id)).toBeGreaterThan(1_790_000);
    expect(await errorMs(id)).toBeLessThan(1000);
  });

  test('is that of the store and of express-session’s session alike, whose lifetime stays', async () => {
    const { id } = await login({ user: 'ada' });
    await redis.command('PEXPIRE', `sess:${id}`, '60000');
    const { cookie } = (await load(a, id)).session;
    expect(Math.abs(Number(cookie.expires) - Date.now() - 60_000)).toBeLessThan(1000);
    expect(cookie.originalMaxAge).toBe(1_800_000);
  });

  test('changes nothing by itself: a save of what was loaded is no write', async () => {
    const { id } = await login({ user: 'ada' });
    await redis.command('PEXPIRE', `sess:${id}`, '1750000');
    const before = await redis.command('GET', `sess:${id}`);
    await (await load(a, id)).save();
    expect(await redis.command('GET', `sess:${id}`)).toBe(before);
    expect(await ttlMs(id)).toBeLessThanOrEqual(1_750_000);
  });

  test('is none for a cookie that ends with the browser', async () => {
    await using opened = await openMergingStore(redis.url, { ttl: 100 });
    const request = new Instance(opened.store, { maxAge: undefined }).newRequest();
    request.session.user = 'ada';
    await request.save();
    const data = await storeOfA.get(request.id);
    expect(data?.cookie.expires ?? null).toBeNull();
    expect((await load(a, request.id)).session.cookie.expires).toBeNull();
  });
});

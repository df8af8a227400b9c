// A job that changes sessions without a request: it gets their data from the store and sets it again.

import { afterAll, expect, test } from '@jest/globals';
import type { SessionData } from 'express-session';
import { SessionGone } from 'merging-redis-store';
import { load, TwoInstances } from './two-instances.ts';

const two = await TwoInstances.open();
const { redis, b, storeOfA, stored, ttlMs, login } = two;
afterAll(() => two[Symbol.asyncDispose]());

async function dataOf(id: string): Promise<SessionData> {
  const data = await storeOfA.get(id);
  if (!data) throw new Error('there is no such session');
  return data;
}

test('A job’s change keeps the remaining time to live', async () => {
  const { id } = await login({ user: 'ada' });
  await redis.command('PEXPIRE', `sess:${id}`, '600000');
  await storeOfA.set(id, Object.assign(await dataOf(id), { note: 1 }));
  expect(await stored(id)).toEqual({ user: 'ada', note: 1 });
  expect(await ttlMs(id)).toBeLessThanOrEqual(600_000);
  expect(await ttlMs(id)).toBeGreaterThan(590_000);
});

test('A job that changes nothing keeps the remaining time to live', async () => {
  const { id } = await login({ user: 'ada' });
  await redis.command('PEXPIRE', `sess:${id}`, '600000');
  await storeOfA.set(id, await dataOf(id));
  expect(await ttlMs(id)).toBeLessThanOrEqual(600_000);
});

test('A job does not bring back a session that has ended since', async () => {
  const { id } = await login({ user: 'ada' });
  const data = await dataOf(id);
  await (await load(b, id)).destroy();
  await expect(storeOfA.set(id, Object.assign(data, { note: 1 }))).rejects.toThrow(SessionGone);
  expect(await stored(id)).toBeUndefined();
});

// Limits and the queue of hashes behind a real nginx: who a client is, and whether it is still there.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createClient } from 'redis';
import type { Fleet } from '../../services/lab/src/fleet/fleet.ts';
import { startProcessFleet } from '../../services/lab/src/fleet/processes/start-process-fleet.ts';
import { ClientAt } from '../support/addresses.ts';
import { until } from '../support/wait.ts';

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startProcessFleet({
    strategy: 'redis',
    instances: 3,
    appSettings: {
      THROTTLE_LOGINS_PER_ACCOUNT_AND_ADDRESS: '10',
      // A hash takes long enough for a client to go in the meantime, and nobody is refused for waiting.
      ...{ HASH_THREADS: '1', BCRYPT_ROUNDS: '12', HASH_LONGEST_WAIT_MS: '30000' },
    },
  });
}, 60_000);
afterAll(async () => fleet?.[Symbol.asyncDispose]());

const headers = { 'content-type': 'application/json' };
const login = (username: string) => ({
  method: 'POST',
  path: '/api/v1/login',
  body: JSON.stringify({ username, password: 'a guess at random' }),
});

test('what a client claims about its address gives it no further guess', async () => {
  using client = new ClientAt(fleet.baseUrl, '127.0.0.2');
  using other = new ClientAt(fleet.baseUrl, '127.0.0.3');
  const statuses: number[] = [];
  for (let n = 0; n < 15; n += 1) {
    const forged = { 'x-forwarded-for': `203.0.113.${n}`, 'x-real-ip': `203.0.113.${n}` };
    const more = { forwarded: `for=203.0.113.${n}` };
    statuses.push(
      (await client.send({ ...login('ada'), headers: { ...headers, ...forged, ...more } })).status,
    );
  }
  expect(statuses).toEqual([...Array(10).fill(401), ...Array(5).fill(429)]);
  expect((await other.send({ ...login('ada'), headers })).status).toBe(401);
}, 60_000);

test('a client that goes takes its waiting hashes out of the queue', async () => {
  const url = 'url' in fleet.redis ? String(fleet.redis.url) : '';
  using disposed = new DisposableStack();
  const redis = disposed.adopt(createClient({ url }), (client) => client.destroy());
  await redis.connect();
  const counted = async () => {
    const keys = await redis.keys('throttle:logins-account-address:*');
    const counts = await Promise.all(keys.map((key) => redis.get(key)));
    return counts.reduce((sum, count) => sum + Number(count), 0);
  };
  const before = await counted();
  const leaving = new AbortController();
  const attempts = Array.from({ length: 30 }, (_, n) => {
    const { method, path, body } = login(`nobody-${n}`);
    return fetch(fleet.baseUrl + path, { method, body, headers, signal: leaving.signal }).catch(() => 'gone');
  });
  // Each is counted before it waits for its hash.
  await until('all of them wait', async () => (await counted()) === before + 30);
  leaving.abort();
  expect(new Set(await Promise.all(attempts))).toContain('gone');
  // What was being hashed was checked and stays counted: one or two for each instance. The others are given back.
  await until('those that waited have left', async () => (await counted()) <= before + 12);
}, 60_000);

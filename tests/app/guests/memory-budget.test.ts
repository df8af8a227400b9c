// Guests may fill Redis only up to a share, so that logins always find room.

import { afterAll, expect, test } from '@jest/globals';
import { usedShare } from '../../../services/app/src/guests/redis-memory.ts';
import { Browser } from '../../support/browser.ts';
import { freePort } from '../../support/free-port.ts';
import { startTwoApps } from '../../support/two-apps.ts';
import { until } from '../../support/wait.ts';

const metricsPort = await freePort();
const two = await startTwoApps({ LOG_LEVEL: 'info' });
const { a, redis, postgres } = two;
afterAll(async () => two[Symbol.asyncDispose]());

const tea = { sku: 'tea', quantity: 1 };
const addTea = (browser: Browser, address = '192.0.2.1') =>
  browser.post('/api/v1/cart/items', tea, { 'X-Forwarded-For': address });
const readiness = async (url = a.url) => {
  const { status, body } = await new Browser(url).get('/readyz');
  return { status, body };
};
const usedBytes = async () =>
  Number(/used_memory:(\d+)/.exec(await redis.ask((client) => client.info('memory')))?.[1]);
const setMaxmemory = (bytes: number) =>
  redis.ask((client) =>
    client.configSet({ maxmemory: String(Math.round(bytes)), 'maxmemory-policy': 'noeviction' }),
  );
async function untilReadinessSays(word: string) {
  await until(`readiness says ${word}`, async () => JSON.stringify(await readiness()).includes(word));
}

test('above their share no guest begins, and everybody else goes on', async () => {
  const guest = new Browser(a.url);
  expect((await addTea(guest)).status).toBe(200);
  await setMaxmemory((await usedBytes()) * 1.5);
  try {
    await untilReadinessSays('no room for guests');
    expect(await readiness()).toEqual({
      status: 200,
      body: { status: 'degraded', checks: { redis: 'no room for guests', postgres: 'ok' } },
    });
    const refused = await addTea(new Browser(a.url));
    expect(refused.status).toBe(503);
    expect(refused.headers.getSetCookie()).toEqual([]);
    expect(refused.body).toMatchObject({
      message: 'There is no room for more guests. Logging in is possible. Try again in a moment.',
    });
    expect((await addTea(guest)).status).toBe(200);
    const ada = { username: 'ada', password: 'correct horse' };
    expect((await new Browser(a.url).post('/api/v1/signup', ada)).status).toBe(201);
    expect((await guest.post('/api/v1/login', ada)).status).toBe(200);
  } finally {
    await setMaxmemory(0);
  }
  await until('guests are welcome again', async () => (await addTea(new Browser(a.url))).status === 200);
});

test('a full Redis: nobody can log in, and whoever is logged in notices nothing', async () => {
  const user = new Browser(a.url);
  const grace = { username: 'grace', password: 'correct horse' };
  expect((await user.post('/api/v1/signup', grace)).status).toBe(201);
  await setMaxmemory(1);
  try {
    await untilReadinessSays('"full"');
    expect(await readiness()).toEqual({
      status: 200,
      body: { status: 'degraded', checks: { redis: 'full', postgres: 'ok' } },
    });
    // Far more than the calls without an answer after which the breaker would open.
    for (let n = 0; n < 10; n += 1) {
      const refused = await user.post('/api/v1/login', grace);
      expect(refused.status).toBe(503);
      expect(refused.body).toMatchObject({
        message: 'There is no room for another session at the moment. Try again in a moment.',
      });
      expect((await user.get('/api/v1/me')).status).toBe(200);
    }
  } finally {
    await setMaxmemory(0);
  }
  await until(
    'a login succeeds again',
    async () => (await new Browser(a.url).post('/api/v1/login', grace)).status === 200,
  );
});

test('the metrics tell how full Redis is and how many guests were refused', async () => {
  const { startApp } = await import('../../support/app.ts');
  await using app = await startApp({
    ...{ SESSION_STRATEGY: 'redis', REDIS_URL: redis.url, DATABASE_URL: postgres.url },
    ...{ METRICS_PORT: String(metricsPort), THROTTLE_GUESTS_PER_ADDRESS: '1', INSTANCE_NAME: 'm' },
  });
  const metrics = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  expect(await metrics()).not.toMatch(/^session_store_memory_ratio\{.*\} /m);
  await setMaxmemory((await usedBytes()) * 4);
  try {
    await until('the ratio is known', async () =>
      /^session_store_memory_ratio\{.*\} 0\.[12]/m.test(await metrics()),
    );
    expect((await addTea(new Browser(app.url), '192.0.2.2')).status).toBe(200);
    expect((await addTea(new Browser(app.url), '192.0.2.2')).status).toBe(429);
    await setMaxmemory((await usedBytes()) * 1.5);
    await until(
      'the budget is used up',
      async () => (await addTea(new Browser(app.url), '192.0.2.2')).status === 503,
    );
    const text = await metrics();
    expect(text).toMatch(/^guest_sessions_refused_total\{reason="throttled",served_by="m"\} [1-9]/m);
    expect(text).toMatch(/^guest_sessions_refused_total\{reason="memory",served_by="m"\} 1$/m);
  } finally {
    await setMaxmemory(0);
  }
});

test('that Redis has no limit is said once', async () => {
  await new Promise((resolve) => setTimeout(resolve, 2500));
  const said = a.log().filter(({ msg }) => String(msg).startsWith('Redis has no maxmemory'));
  expect(said.length).toBeGreaterThan(0);
  // Once at the start, and once after each of the other tests, which set it.
  expect(said.length).toBeLessThanOrEqual(4);
});

test.each([
  ['used_memory:150\r\nmaxmemory:100\r\nmem_not_counted_for_evict:70\r\n', 0.8],
  ['used_memory:150\r\nmaxmemory:0\r\n', undefined],
  ['used_memory:50\r\nmaxmemory:100\r\nmaxmemory_human:100B\r\n', 0.5],
])('of %j the used share is %p', (info, share) => {
  expect(usedShare(info)).toBe(share);
});

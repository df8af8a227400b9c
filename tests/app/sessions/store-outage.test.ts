import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TestApp } from '../../support/app.ts';
import { startApp } from '../../support/app.ts';
import type { Answer } from '../../support/browser.ts';
import { Browser } from '../../support/browser.ts';
import type { TestPostgres } from '../../support/postgres.ts';
import { startPostgres } from '../../support/postgres.ts';
import type { RedisServer } from '../../support/redis.ts';
import { startRedis } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

const opened = new AsyncDisposableStack();
let redis: RedisServer;
let postgres: TestPostgres;
let app: TestApp;
const password = 'correct horse';
/** How long after Redis' return an instance may take until it is ready again. */
const recoveryMs = 1000;

beforeAll(async () => {
  redis = opened.use(await startRedis());
  postgres = opened.use(await startPostgres());
  app = opened.use(
    await startApp({ SESSION_STRATEGY: 'redis', REDIS_URL: redis.url, DATABASE_URL: postgres.url }),
  );
  await new Browser(app.url).post('/api/v1/signup', { username: 'ann', password });
});
afterAll(() => opened.disposeAsync());

async function timed(call: Promise<Answer>): Promise<Answer & { ms: number }> {
  const start = performance.now();
  return { ...(await call), ms: performance.now() - start };
}

function expectUnavailable(answer: Answer & { ms: number }) {
  expect(answer.status).toBe(503);
  expect(answer.ms).toBeLessThan(1000);
  expect(answer.headers.get('Retry-After')).toBe('1');
  expect(answer.headers.get('X-Served-By')).toBeTruthy();
  expect(answer.headers.getSetCookie()).toEqual([]);
  expect(answer.body).toEqual({
    status: 'error',
    message: expect.stringMatching(/^(Sessions cannot be read|There is no room)/),
  });
}

describe.each([
  ['paused', () => redis.pause(), () => redis.resume()],
  ['down', () => redis.kill(), () => redis.start()],
])('with Redis %s', (_what, fail, heal) => {
  test('nobody is logged out or in, everybody gets 503, and the instance recovers soon', async () => {
    const browser = new Browser(app.url);
    expect((await browser.post('/api/v1/login', { username: 'ann', password })).status).toBe(200);
    const cookie = await browser.cookie();

    await fail();
    try {
      expectUnavailable(await timed(browser.get('/api/v1/me')));
      expectUnavailable(await timed(browser.post('/api/v1/cart/items', { sku: 'apple', quantity: 1 })));
      expectUnavailable(await timed(browser.post('/api/v1/logout')));
      const guest = new Browser(app.url);
      expectUnavailable(await timed(guest.post('/api/v1/login', { username: 'ann', password })));
      expectUnavailable(await timed(guest.post('/api/v1/cart/items', { sku: 'apple', quantity: 1 })));
      expectUnavailable(await timed(guest.post('/api/v1/signup', { username: 'bob', password })));
      expect(await browser.cookie()).toBe(cookie);

      // What needs no session goes on.
      expect((await guest.get('/api/v1/me')).status).toBe(401);
      expect((await guest.post('/api/v1/logout')).status).toBe(200);
      expect((await browser.get('/livez')).status).toBe(200);
      expect((await browser.get('/nothing')).status).toBe(404);
    } finally {
      await heal();
    }
    await until(
      'the instance is ready again',
      async () => (await browser.get('/readyz')).status === 200,
      recoveryMs,
    );
    const after = new Browser(app.url);
    expect((await after.post('/api/v1/login', { username: 'ann', password })).status).toBe(200);
    // The sign-up that was refused has left no account behind.
    expect(await postgres.ask(`SELECT FROM users WHERE username = 'bob'`)).toEqual([]);
  });
});

test('what was refused while Redis was down is not stored when it is back', async () => {
  await redis.kill();
  const guest = new Browser(app.url);
  expect((await guest.post('/api/v1/cart/items', { sku: 'apple', quantity: 1 })).status).toBe(503);
  await redis.start();
  await until('it is ready again', async () => (await guest.get('/readyz')).status === 200, 3000);
  expect(await redis.ask((client) => client.dbSize())).toBe(0);
});

test('with Redis full nobody is told that a login succeeded, and users stay logged in', async () => {
  const browser = new Browser(app.url);
  expect((await browser.post('/api/v1/login', { username: 'ann', password })).status).toBe(200);
  // It goes on reading and deleting, and refuses to store, as a Redis has to that must not evict sessions.
  await redis.ask((client) => client.configSet({ maxmemory: '1', 'maxmemory-policy': 'noeviction' }));
  try {
    const guest = new Browser(app.url);
    expectUnavailable(await timed(guest.post('/api/v1/login', { username: 'ann', password })));
    expectUnavailable(await timed(guest.post('/api/v1/cart/items', { sku: 'apple', quantity: 1 })));
    expectUnavailable(await timed(browser.post('/api/v1/cart/items', { sku: 'apple', quantity: 1 })));
    expect((await browser.get('/api/v1/me')).status).toBe(200);
    expect((await browser.post('/api/v1/logout')).status).toBe(200);
  } finally {
    await redis.ask((client) => client.configSet('maxmemory', '0'));
  }
});

test('a session survives a pause of Redis', async () => {
  const browser = new Browser(app.url);
  await browser.post('/api/v1/login', { username: 'ann', password });
  redis.pause();
  expect((await browser.get('/api/v1/me')).status).toBe(503);
  redis.resume();
  await until(
    'the user is known again',
    async () => (await browser.get('/api/v1/me')).status === 200,
    recoveryMs,
  );
});

test('an instance starts while Redis and Postgres are down, and is ready when they are up', async () => {
  await redis.kill();
  await postgres.stop();
  const settings = { SESSION_STRATEGY: 'redis', REDIS_URL: redis.url, DATABASE_URL: postgres.url };
  await using early = await startApp(settings);
  const browser = new Browser(early.url);
  expect((await browser.get('/livez')).status).toBe(200);
  expect((await browser.get('/readyz')).status).toBe(503);
  await Promise.all([redis.start(), postgres.start()]);
  await until('it is ready', async () => (await browser.get('/readyz')).status === 200, 3000);
});

test('with Postgres down a login is 503, and users stay logged in', async () => {
  const browser = new Browser(app.url);
  await until('it is ready', async () => (await browser.get('/readyz')).status === 200, 3000);
  await browser.post('/api/v1/login', { username: 'ann', password });
  await postgres.stop();
  try {
    const guest = new Browser(app.url);
    for (const path of ['/api/v1/login', '/api/v1/signup']) {
      const answer = await guest.post(path, { username: 'carol', password });
      expect(answer.status).toBe(503);
      expect(answer.headers.get('Retry-After')).toBe('1');
    }
    expect((await browser.get('/api/v1/protected')).status).toBe(200);
    expect((await browser.post('/api/v1/cart/items', { sku: 'apple', quantity: 1 })).status).toBe(200);
  } finally {
    await postgres.start();
  }
  await until('it is ready again', async () => (await browser.get('/readyz')).status === 200, 3000);
  expect((await browser.post('/api/v1/login', { username: 'ann', password })).status).toBe(200);
});

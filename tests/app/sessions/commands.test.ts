// What the app costs Redis: with the stock store, and with the one that the strategy redis has.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.ts';
import { Browser } from '../../support/browser.ts';
import { startPostgres } from '../../support/postgres.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { commandsDuring } from '../../support/redis-commands.ts';
import { startRelay } from '../../support/redis-relay.ts';
import { until } from '../../support/wait.ts';

const parts = new AsyncDisposableStack();
let redis: RedisServer;
let settings: Record<string, string>;
const credentials = { username: 'ada', password: 'correct horse' };

beforeAll(async () => {
  redis = parts.use(await startRedis());
  const postgres = parts.use(await startPostgres());
  settings = { DATABASE_URL: postgres.url, REDIS_URL: redis.url };
  await using app = await startReady({ ...settings, SESSION_STRATEGY: 'redis' });
  expect((await new Browser(app.url).post('/api/v1/signup', credentials)).status).toBe(201);
});
afterAll(() => parts.disposeAsync());

async function startReady(its: Record<string, string>): Promise<TestApp> {
  const app = await startApp(its);
  await until('it is connected', async () => (await new Browser(app.url).get('/readyz')).status === 200);
  return app;
}

const logIn = (browser: Browser) => browser.post('/api/v1/login', credentials);

describe.each([
  { strategy: 'connect-redis', stock: true },
  { strategy: 'redis', stock: false },
])('with the strategy $strategy', ({ strategy, stock }) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startReady({ ...settings, SESSION_STRATEGY: strategy });
  });
  afterAll(async () => app[Symbol.asyncDispose]());

  test(`a login sends ${stock ? 'a DEL of what never was and the same SET twice' : 'one SET'}`, async () => {
    const browser = new Browser(app.url);
    const commands = await commandsDuring(redis, () => logIn(browser));
    expect(commands).toEqual(stock ? { del: 1, set: 2 } : { set: 1 });
    expect((await browser.get('/api/v1/me')).status).toBe(200);
  });

  test(`a login of somebody who has a session looks at it once more and ends it${stock ? ', with the same SET twice' : ''}`, async () => {
    const browser = new Browser(app.url);
    await logIn(browser);
    const commands = await commandsDuring(redis, () => logIn(browser));
    expect(commands).toEqual(stock ? { get: 2, del: 1, set: 2 } : { get: 2, pttl: 2, del: 1, set: 1 });
  });

  test(`a read sends ${stock ? 'GET and then EXPIRE' : 'GET and PTTL together'}`, async () => {
    const browser = new Browser(app.url);
    await logIn(browser);
    const commands = await commandsDuring(redis, () => browser.get('/api/v1/me'));
    expect(commands).toEqual(stock ? { get: 1, expire: 1 } : { get: 1, pttl: 1 });
  });

  test(`a read takes ${stock ? 'two round trips' : 'one round trip'} to Redis`, async () => {
    const [roundTripMs, rounds] = [60, 5];
    await using relay = await startRelay(redis.port, roundTripMs / 2);
    await using distant = await startReady({ ...settings, SESSION_STRATEGY: strategy, REDIS_URL: relay.url });
    const browser = new Browser(distant.url);
    expect((await logIn(browser)).status).toBe(200);
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const start = performance.now();
      await browser.get('/api/v1/me');
      times.push(performance.now() - start);
    }
    // The shortest: a busy machine makes any single one long.
    expect(Math.floor(Math.min(...times) / roundTripMs)).toBe(stock ? 2 : 1);
  });

  test(`a write ${stock ? 'sends the whole session with SET' : 'compares and sets'}`, async () => {
    const browser = new Browser(app.url);
    await logIn(browser);
    const write = () => browser.post('/api/v1/cart/items', { sku: 'pear', quantity: 1 });
    // The first may have to bring the script along.
    await write();
    const commands = await commandsDuring(redis, write);
    // Redis counts what a script does as well.
    expect(commands).toEqual(stock ? { get: 1, set: 1, expire: 1 } : { get: 2, pttl: 1, evalsha: 1, set: 1 });
  });
});

// How many commands and round trips the app's requests cost, with connect-redis and with the store of this project.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.ts';
import { Browser } from '../../support/browser.ts';
import { startPostgres } from '../../support/postgres.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { commandsDuring, commandsOnSessions } from '../../support/redis-commands.ts';
import { startRelay } from '../../support/redis-relay.ts';
import { until } from '../../support/wait.ts';

const opened = new AsyncDisposableStack();
let redis: RedisServer;
let settings: Record<string, string>;
const credentials = { username: 'ada', password: 'correct horse' };

beforeAll(async () => {
  redis = opened.use(await startRedis());
  const postgres = opened.use(await startPostgres());
  settings = { DATABASE_URL: postgres.url, REDIS_URL: redis.url };
  await using app = await startReady({ ...settings, SESSION_STRATEGY: 'redis' });
  expect((await new Browser(app.url).post('/api/v1/signup', credentials)).status).toBe(201);
});
afterAll(() => opened.disposeAsync());

async function startReady(settings: Record<string, string>): Promise<TestApp> {
  const app = await startApp(settings);
  await until('it is connected', async () => (await new Browser(app.url).get('/readyz')).status === 200);
  return app;
}

const logIn = (browser: Browser) => browser.post('/api/v1/login', credentials);

describe.each([
  { strategy: 'connect-redis', isConnectRedis: true },
  { strategy: 'redis', isConnectRedis: false },
])('with the strategy $strategy', ({ strategy, isConnectRedis }) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startReady({ ...settings, SESSION_STRATEGY: strategy });
  });
  afterAll(async () => app[Symbol.asyncDispose]());

  test(`a login sends ${isConnectRedis ? 'the same SET twice' : 'one script'}`, async () => {
    const browser = new Browser(app.url);
    const commands = await commandsOnSessions(redis, () => logIn(browser));
    // The script writes the session and puts it into its user's list.
    expect(commands).toEqual(isConnectRedis ? { set: 2 } : { evalsha: 1 });
    expect((await browser.get('/api/v1/me')).status).toBe(200);
  });

  test(`a login with a session loads it once more and deletes it${isConnectRedis ? ', with the same SET twice' : ''}`, async () => {
    const browser = new Browser(app.url);
    await logIn(browser);
    const commands = await commandsOnSessions(redis, () => logIn(browser));
    expect(commands).toEqual(isConnectRedis ? { get: 2, del: 1, set: 2 } : { get: 2, pttl: 2, evalsha: 2 });
  });

  test(`a read sends ${isConnectRedis ? 'GET and then EXPIRE' : 'GET and PTTL together'}`, async () => {
    const browser = new Browser(app.url);
    await logIn(browser);
    const commands = await commandsDuring(redis, () => browser.get('/api/v1/me'));
    expect(commands).toEqual(isConnectRedis ? { get: 1, expire: 1 } : { get: 1, pttl: 1 });
  });

  test(`a read takes ${isConnectRedis ? 'two round trips' : 'one round trip'} to Redis`, async () => {
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
    expect(Math.floor(Math.min(...times) / roundTripMs)).toBe(isConnectRedis ? 2 : 1);
  });

  test(`a write ${isConnectRedis ? 'sends the whole session with SET' : 'compares and sets'}`, async () => {
    const browser = new Browser(app.url);
    await logIn(browser);
    const write = () => browser.post('/api/v1/cart/items', { sku: 'pear', quantity: 1 });
    // The first write may have to send the script as well.
    await write();
    const commands = await commandsDuring(redis, write);
    expect(commands).toEqual(
      isConnectRedis ? { get: 1, set: 1, expire: 1 } : { get: 2, pttl: 1, evalsha: 1, set: 1 },
    );
  });
});

// A request of a session is under way while another one, on another instance, ends or changes the session. The command
// that stores the first one's session is held back on its way to Redis, so the order is certain.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.ts';
import { Browser } from '../../support/browser.ts';
import { startPostgres } from '../../support/postgres.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { type Relay, startRelay } from '../../support/redis-relay.ts';

const opened = new AsyncDisposableStack();
let redis: RedisServer;
let slowPath: Relay;
let slow: TestApp;
let quick: TestApp;

beforeAll(async () => {
  redis = opened.use(await startRedis());
  slowPath = opened.use(await startRelay(redis.port));
  const postgres = opened.use(await startPostgres());
  const settings = { SESSION_STRATEGY: 'redis', DATABASE_URL: postgres.url };
  // A command that is held back must not end by its deadline.
  slow = opened.use(await startApp({ ...settings, REDIS_URL: slowPath.url, STORE_DEADLINE_MS: '10000' }));
  quick = opened.use(await startApp({ ...settings, REDIS_URL: redis.url }));
});
afterAll(() => opened.disposeAsync());

let number = 0;
const credentials = () => ({ username: `user-${++number}`, password: 'correct horse' });
const addTea = (browser: Browser) => browser.post('/api/v1/cart/items', { sku: 'tea', quantity: 1 });
const logIn = (browser: Browser, who: { username: string; password: string }) =>
  browser.post('/api/v1/login', who);

/** Adds tea on the slow instance, and while that is under way does something on the quick one. */
async function addTeaDuring(browser: Browser, meanwhile: (quickly: Browser) => Promise<unknown>) {
  const held = slowPath.hold('EVALSHA');
  const answer = addTea(browser.at(slow.url));
  await held.reached;
  await meanwhile(browser.at(quick.url));
  held.letGo();
  return answer;
}

describe('a request whose session is ended in the meantime', () => {
  test("by the user's logout is answered with 401, and nothing comes back", async () => {
    const browser = new Browser(quick.url);
    await browser.post('/api/v1/signup', credentials());
    const before = await browser.cookie();
    const answer = await addTeaDuring(browser, (quickly) => quickly.post('/api/v1/logout'));
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual({ status: 'fail', message: expect.stringContaining('Log in again') });
    expect(answer.headers.getSetCookie()).toEqual([]);
    const replayed = await new Browser(quick.url).get('/api/v1/me', { Cookie: before });
    expect(replayed.status).toBe(401);
  });

  test("by the same user's new login leaves the new login's cookie alone", async () => {
    const browser = new Browser(quick.url);
    const who = credentials();
    await browser.post('/api/v1/signup', who);
    const answer = await addTeaDuring(browser, (quickly) => logIn(quickly, who));
    expect(answer.status).toBe(401);
    expect((await browser.get('/api/v1/me')).status).toBe(200);
    expect((await addTea(browser)).status).toBe(200);
  });

  test("by a guest's login is answered with 409, and when sent again it adds to the user's cart", async () => {
    const who = credentials();
    await new Browser(quick.url).post('/api/v1/signup', who);
    const guest = new Browser(quick.url);
    await addTea(guest);
    const answer = await addTeaDuring(guest, (quickly) => logIn(quickly, who));
    expect(answer.status).toBe(409);
    expect(answer.body).toEqual({ status: 'fail', message: expect.stringContaining('Try again') });
    expect((await addTea(guest)).body).toMatchObject({ data: { items: [{ sku: 'tea', quantity: 2 }] } });
    expect((await guest.get('/api/v1/me')).status).toBe(200);
  });
});

test('a login takes over what a guest has put into the cart while the password was being checked', async () => {
  const who = credentials();
  await new Browser(quick.url).post('/api/v1/signup', who);
  const guest = new Browser(quick.url);
  await addTea(guest);
  const first = slowPath.hold('GET');
  const login = logIn(guest.at(slow.url), who);
  await first.reached;
  const second = slowPath.hold('GET');
  first.letGo();
  await second.reached;
  await addTea(guest);
  second.letGo();
  expect((await login).status).toBe(200);
  expect((await guest.get('/api/v1/cart')).body).toMatchObject({ data: { items: [{ quantity: 2 }] } });
  expect((await guest.get('/api/v1/me')).status).toBe(200);
});

describe('two requests that change one line of a cart at once', () => {
  const teaIn = async (browser: Browser) => (await browser.get('/api/v1/cart')).body;
  const cart = (...items: object[]) => ({ status: 'success', data: { items } });

  test('both count, also when merged several times', async () => {
    const browser = new Browser(quick.url);
    await addTea(browser);
    const answer = await addTeaDuring(browser, async (quickly) => {
      await addTea(quickly);
      await addTea(quickly);
    });
    expect(answer.status).toBe(200);
    expect(await teaIn(browser)).toEqual(cart({ sku: 'tea', quantity: 4 }));
  });

  test('cannot exceed its bound together', async () => {
    const browser = new Browser(quick.url);
    await browser.post('/api/v1/cart/items', { sku: 'tea', quantity: 50 });
    await addTeaDuring(browser, (quickly) =>
      quickly.post('/api/v1/cart/items', { sku: 'tea', quantity: 49 }),
    );
    expect(await teaIn(browser)).toEqual(cart({ sku: 'tea', quantity: 99 }));
  });

  test('one of which removes it, leave what the other has added', async () => {
    const browser = new Browser(quick.url);
    await addTea(browser);
    await addTeaDuring(browser, (quickly) => quickly.send('DELETE', '/api/v1/cart/items/tea'));
    expect(await teaIn(browser)).toEqual(cart({ sku: 'tea', quantity: 1 }));
  });
});

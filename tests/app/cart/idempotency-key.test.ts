// A client that gets 503, or no answer, does not know whether its addition was carried out, and sends it again.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SessionData } from 'express-session';
import { markApplied } from '../../../services/app/src/cart/applied-requests.ts';
import { startApp, type TestApp } from '../../support/app.ts';
import { type Answer, Browser, sessionKeyOf } from '../../support/browser.ts';
import { startPostgres } from '../../support/postgres.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { type Relay, startRelay } from '../../support/redis-relay.ts';
import { until } from '../../support/wait.ts';

const opened = new AsyncDisposableStack();
let redis: RedisServer;
let settings: Record<string, string>;
let slowPath: Relay;
let a: TestApp;
let b: TestApp;
/** Reaches Redis through the relay, which can keep a command for a while. */
let slow: TestApp;

beforeAll(async () => {
  redis = opened.use(await startRedis());
  slowPath = opened.use(await startRelay(redis.port));
  const postgres = opened.use(await startPostgres());
  settings = { SESSION_STRATEGY: 'redis', REDIS_URL: redis.url, DATABASE_URL: postgres.url };
  a = opened.use(await startApp({ ...settings, INSTANCE_NAME: 'a' }));
  b = opened.use(await startApp({ ...settings, INSTANCE_NAME: 'b' }));
  slow = opened.use(await startApp({ ...settings, REDIS_URL: slowPath.url, STORE_DEADLINE_MS: '10000' }));
  // Redis has to know the script of a write already, so that it is sent with one command.
  await ready(a, b, slow);
  await addTea(await guestWithTea());
});
afterAll(() => opened.disposeAsync());

const path = '/api/v1/cart/items';
const addTea = (browser: Browser, key?: string, quantity = 1) =>
  browser.post(path, { sku: 'tea', quantity }, key === undefined ? {} : { 'Idempotency-Key': key });
const teaIn = async (browser: Browser) => (await browser.get('/api/v1/cart')).body;
const cart = (...items: object[]) => ({ status: 'success', data: { items } });
const tea = (quantity: number) => cart({ sku: 'tea', quantity });
const isReplayed = ({ headers }: Answer) => headers.get('Idempotency-Replayed');

/** A guest with a session, so that the addition changes one that is stored. */
async function guestWithTea(app = a): Promise<Browser> {
  const browser = new Browser(app.url);
  expect((await addTea(browser)).status).toBe(200);
  return browser;
}

async function ready(...apps: TestApp[]): Promise<void> {
  for (const { url } of apps) {
    await until('it is ready', async () => (await new Browser(url).get('/readyz')).status === 200);
  }
}

test('a repeat adds nothing, on any instance, and is answered with the cart as it is now', async () => {
  const browser = await guestWithTea();
  const first = await addTea(browser, '"order-1"');
  expect([first.status, isReplayed(first), first.body]).toEqual([200, null, tea(2)]);
  await browser.post(path, { sku: 'cake', quantity: 1 });

  const repeat = await addTea(browser.at(b.url), '"order-1"');
  const now = cart({ sku: 'tea', quantity: 2 }, { sku: 'cake', quantity: 1 });
  expect([repeat.status, isReplayed(repeat), repeat.body]).toEqual([200, 'true', now]);
  expect(await teaIn(browser)).toEqual(now);
  expect(isReplayed(await addTea(browser, '"order-2"'))).toBe(null);
  expect(await teaIn(browser)).toEqual(cart({ sku: 'tea', quantity: 3 }, { sku: 'cake', quantity: 1 }));
});

test('the same key with another body is refused with 422 and adds nothing', async () => {
  const browser = await guestWithTea();
  await addTea(browser, 'order-1', 1);
  const other = await addTea(browser.at(b.url), 'order-1', 2);
  expect(other.status).toBe(422);
  expect(other.body).toEqual({ status: 'fail', message: expect.stringContaining('Idempotency-Key') });
  expect(await teaIn(browser)).toEqual(tea(2));
});

test('an addition that was refused is not taken for one that was applied', async () => {
  const browser = await guestWithTea();
  expect((await addTea(browser, 'order-1', 99)).status).toBe(409);
  await browser.send('DELETE', `${path}/tea`);
  const second = await addTea(browser, 'order-1', 99);
  expect([second.status, isReplayed(second), second.body]).toEqual([200, null, tea(99)]);
});

describe('an addition that a frozen Redis carries out when it continues', () => {
  /** Told 503, and counted after that. */
  async function frozenWrite(key?: string): Promise<Browser> {
    await using impatient = await startApp({ ...settings, REDIS_URL: slowPath.url });
    await ready(impatient);
    const browser = await guestWithTea();
    const held = slowPath.hold('EVALSHA');
    const answer = addTea(browser.at(impatient.url), key);
    await held.reached;
    redis.pause();
    held.letGo();
    expect((await answer).status).toBe(503);
    redis.resume();
    await until('it is counted', async () => {
      const text = await redis.command('GET', sessionKeyOf(await browser.cookie()));
      return String(text).includes('"cart:tea":2');
    });
    await ready(a, b);
    return browser;
  }

  test('counts twice when it is repeated without a key', async () => {
    const browser = await frozenWrite();
    expect((await addTea(browser.at(b.url))).status).toBe(200);
    expect(await teaIn(browser)).toEqual(tea(3));
  });

  test('counts once when it is repeated with its key', async () => {
    const browser = await frozenWrite('order-1');
    const repeat = await addTea(browser.at(b.url), 'order-1');
    expect([repeat.status, isReplayed(repeat), repeat.body]).toEqual([200, 'true', tea(2)]);
    expect(await teaIn(browser)).toEqual(tea(2));
  });
});

describe('an addition that is carried out between the load and the save of its repeat', () => {
  test('counts once, and the repeat is answered as one', async () => {
    const browser = await guestWithTea();
    const held = slowPath.hold('EVALSHA');
    const repeat = addTea(browser.at(slow.url), 'order-1');
    await held.reached;
    expect((await addTea(browser, 'order-1')).status).toBe(200);
    held.letGo();
    const { status, headers, body } = await repeat;
    expect([status, headers.get('Idempotency-Replayed'), body]).toEqual([200, 'true', tea(2)]);
    expect(await teaIn(browser)).toEqual(tea(2));
  });

  test('with another body is refused with 422', async () => {
    const browser = await guestWithTea();
    const held = slowPath.hold('EVALSHA');
    const other = addTea(browser.at(slow.url), 'order-1', 5);
    await held.reached;
    await addTea(browser, 'order-1', 1);
    held.letGo();
    expect((await other).status).toBe(422);
    expect(await teaIn(browser)).toEqual(tea(2));
  });

  test('and whose session ends before the repeat is answered, is a conflict as for any late request', async () => {
    const browser = await guestWithTea();
    const write = slowPath.hold('EVALSHA');
    const repeat = addTea(browser.at(slow.url), 'order-1');
    await write.reached;
    await addTea(browser, 'order-1');
    const reload = slowPath.hold('GET');
    write.letGo();
    await reload.reached;
    await redis.command('DEL', sessionKeyOf(await browser.cookie()));
    reload.letGo();
    expect((await repeat).status).toBe(409);
  });

  test('leaves what else was added meanwhile, and the repeat adds nothing of its own', async () => {
    const browser = await guestWithTea();
    const held = slowPath.hold('EVALSHA');
    const repeat = addTea(browser.at(slow.url), 'order-1');
    await held.reached;
    await addTea(browser, 'order-1');
    await browser.post(path, { sku: 'cake', quantity: 4 });
    held.letGo();
    const both = cart({ sku: 'tea', quantity: 2 }, { sku: 'cake', quantity: 4 });
    expect((await repeat).body).toEqual(both);
    expect(await teaIn(browser)).toEqual(both);
  });
});

test.each([
  ['on two instances', () => [a, b]],
  ['on one instance', () => [a, a]],
])('parallel requests with one key, %s, count once', async (_where, apps) => {
  for (let round = 0; round < 10; round += 1) {
    const browser = await guestWithTea();
    const answers = await Promise.all(apps().map(({ url }) => addTea(browser.at(url), `order-${round}`)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await teaIn(browser)).toEqual(tea(2));
  }
});

test('parallel requests with keys of their own all count', async () => {
  const browser = await guestWithTea();
  const additions = Array.from({ length: 10 }, (_, i) =>
    addTea(browser.at(i % 2 === 0 ? a.url : b.url), `order-${i}`),
  );
  for (const { status } of await Promise.all(additions)) expect(status).toBe(200);
  expect(await teaIn(browser)).toEqual(tea(11));
});

test('a login takes the keys along with the cart', async () => {
  const browser = await guestWithTea();
  await addTea(browser, 'order-1');
  const who = { username: 'ann', password: 'correct horse' };
  expect((await browser.post('/api/v1/signup', who)).status).toBe(201);
  expect(isReplayed(await addTea(browser.at(b.url), 'order-1'))).toBe('true');
  expect(await teaIn(browser)).toEqual(tea(2));
});

describe('the session', () => {
  const stored = async (browser: Browser): Promise<Record<string, unknown>> => {
    const text = await redis.command('GET', sessionKeyOf(await browser.cookie()));
    return JSON.parse(String(text));
  };
  const requestsIn = (session: Record<string, unknown>) =>
    Object.keys(session).filter((key) => key.startsWith('cart-request:'));

  test("remembers the last 5 keys of a guest's, and all of them are told apart", async () => {
    const browser = await guestWithTea();
    for (let i = 1; i <= 10; i += 1) await addTea(browser, `order-${i}`);
    const kept = requestsIn(await stored(browser));
    expect(kept).toEqual(Array.from({ length: 5 }, (_, i) => `cart-request:order-${i + 6}`));
    expect(isReplayed(await addTea(browser, 'order-6'))).toBe('true');
    expect(await teaIn(browser)).toEqual(tea(11));
  });

  test("remembers the last 20 keys of a user's", () => {
    const session: Partial<SessionData> = { user: { id: '1', username: 'ada' } };
    for (let at = 1; at <= 25; at += 1) markApplied(session, `order-${at}`, { at, digest: '' });
    const kept = Object.keys(session).filter((key) => key.startsWith('cart-request:'));
    expect(kept).toEqual(Array.from({ length: 20 }, (_, i) => `cart-request:order-${i + 6}`));
  });

  test('forgets a key after ten minutes', async () => {
    const browser = await guestWithTea();
    await addTea(browser, 'order-1');
    const session = await stored(browser);
    const request = session['cart-request:order-1'];
    const old = { ...Object(request), at: Date.now() - 600_001 };
    const key = sessionKeyOf(await browser.cookie());
    await redis.command('SET', key, JSON.stringify({ ...session, 'cart-request:order-1': old }), 'KEEPTTL');
    expect(isReplayed(await addTea(browser, 'order-2'))).toBe(null);
    expect(requestsIn(await stored(browser))).toEqual(['cart-request:order-2']);
    expect(isReplayed(await addTea(browser, 'order-1'))).toBe(null);
  });
});

test.each(['memory', 'connect-redis'])(
  'with the strategy %s a repeat counts once as well',
  async (strategy) => {
    await using app = await startApp({ SESSION_STRATEGY: strategy, REDIS_URL: redis.url });
    const browser = new Browser(app.url);
    await addTea(browser, 'order-1');
    expect(isReplayed(await addTea(browser, 'order-1'))).toBe('true');
    expect((await addTea(browser, 'order-1', 2)).status).toBe(422);
    expect(await teaIn(browser)).toEqual(tea(1));
  },
);

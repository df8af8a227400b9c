// The faults of the stock set-up that it takes a deployment to see: each is there with the strategy connect-redis, and
// not there with redis. The same app, two instances, nginx in front. Those that one instance shows are in
// tests/app/sessions/commands.test.ts and tests/app/accounts/login-storm.test.ts, and a login that never calls `save`
// in tests/session-store/connect-redis-faults.test.ts.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Fleet } from '../../services/lab/src/fleet/fleet.ts';
import { startProcessFleet } from '../../services/lab/src/fleet/processes/start-process-fleet.ts';
import { type Answer, Browser } from '../support/browser.ts';
import { until } from '../support/wait.ts';

const credentials = { username: 'ada', password: 'correct horse battery' };
const appEntry = `${import.meta.dirname}/slow-apps/stores-when-told.ts`;

describe.each([
  { strategy: 'connect-redis', stock: true },
  { strategy: 'redis', stock: false },
] as const)('with the strategy $strategy', ({ strategy, stock }) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startProcessFleet({ strategy, instances: 2, appEntry });
    expect((await new Browser(fleet.baseUrl).post('/api/v1/signup', credentials)).status).toBe(201);
  }, 60_000);
  afterAll(async () => fleet[Symbol.asyncDispose]());

  async function loggedIn(): Promise<Browser> {
    const browser = new Browser(fleet.baseUrl);
    expect((await browser.post('/api/v1/login', credentials)).status).toBe(200);
    return browser;
  }

  const waiting = async () => {
    const { length } = (await Promise.all((await fleet.instances()).map(({ name }) => fleet.logOf(name))))
      .flat()
      .filter((line) => line === 'waits with storing');
    return length;
  };

  /** Begins to put something into the cart, and comes back when its instance has the session and waits with storing. */
  async function addSlowly(browser: Browser, sku: string): Promise<{ answer: Promise<Answer> }> {
    const before = await waiting();
    const answer = browser.post('/api/v1/cart/items', { sku, quantity: 1 }, { 'X-Wait': 'yes' });
    await until('the request has its session', async () => (await waiting()) > before);
    return { answer };
  }

  /** Both instances get one of four requests in a row. */
  async function letGo() {
    for (let n = 0; n < 4; n++) await new Browser(fleet.baseUrl).get('/api/v1/cart', { 'X-Go': 'yes' });
  }

  const knows = async (cookie: string) =>
    (await new Browser(fleet.baseUrl).get('/api/v1/me', { Cookie: cookie })).status === 200;
  const servedBy = (answer: Answer) => answer.headers.get('x-served-by');

  test(`of two requests that write at once on two instances, ${stock ? 'one write is lost' : 'both writes are kept'}`, async () => {
    const browser = await loggedIn();
    const slow = [await addSlowly(browser, 'pear'), await addSlowly(browser, 'apple')];
    await letGo();
    const answers = await Promise.all(slow.map(({ answer }) => answer));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(new Set(answers.map(servedBy)).size).toBe(2);
    const { body } = await browser.get('/api/v1/cart');
    const line = (sku: string) => ({ sku, quantity: 1 });
    const both = expect.arrayContaining([line('pear'), line('apple')]);
    if (stock) expect(body).not.toMatchObject({ data: { items: both } });
    else expect(body).toMatchObject({ data: { items: both } });
  });

  test(`a logout while another instance's request is about to write ${stock ? 'comes undone' : 'holds'}`, async () => {
    const browser = await loggedIn();
    const cookie = await browser.cookie();
    const { answer } = await addSlowly(browser, 'pear');
    const logout = await browser.post('/api/v1/logout');
    expect(logout.status).toBe(200);
    expect(await knows(cookie)).toBe(false);
    await letGo();
    expect((await answer).status).toBe(stock ? 200 : 401);
    expect(servedBy(await answer)).not.toBe(servedBy(logout));
    expect(await knows(cookie)).toBe(stock);
  });

  test(`a login while another instance's request is about to write ${stock ? 'leaves the old id alive' : 'ends the old id'}`, async () => {
    const browser = await loggedIn();
    const cookie = await browser.cookie();
    const { answer } = await addSlowly(browser, 'pear');
    expect((await browser.post('/api/v1/login', credentials)).status).toBe(200);
    const renewed = await browser.cookie();
    expect(renewed).not.toBe(cookie);
    await letGo();
    await answer;
    expect(await knows(cookie)).toBe(stock);
    expect(await knows(renewed)).toBe(true);
  });

  /** Two in a row are one on each instance. */
  const isWell = async (browser: Browser) =>
    (await browser.get('/api/v1/me')).status === 200 && (await browser.get('/api/v1/me')).status === 200;

  async function timed(call: Promise<Answer>) {
    const start = performance.now();
    const { status, headers } = await call;
    return { status, headers, ms: performance.now() - start };
  }

  /** What a request gets while Redis is away: 503 soon, the cookie untouched, whatever it is. */
  async function expectRefusals(browser: Browser) {
    const calls = [
      () => browser.get('/api/v1/me'),
      () => browser.post('/api/v1/cart/items', { sku: 'pear', quantity: 1 }),
      () => new Browser(fleet.baseUrl).post('/api/v1/login', credentials),
      () => browser.post('/api/v1/logout'),
    ];
    // Twice, so that each instance gets each of them.
    for (const call of [...calls, ...calls]) {
      const { status, headers, ms } = await timed(call());
      expect({ status, retryAfter: headers.get('retry-after'), cookies: headers.getSetCookie() }).toEqual({
        ...{ status: 503, retryAfter: '1', cookies: [] },
      });
      expect(ms).toBeLessThan(1000);
    }
  }

  test(`while Redis is paused, requests ${stock ? 'hang' : 'are answered with 503 within a second'}, and all is well within a second of its return`, async () => {
    const browser = await loggedIn();
    await fleet.redis.pause();
    let hanging: Promise<Answer> | undefined;
    try {
      if (stock) {
        hanging = browser.get('/api/v1/me');
        expect(await Promise.race([hanging, sleep(2000, 'no answer')])).toBe('no answer');
      } else {
        await expectRefusals(browser);
      }
    } finally {
      await fleet.redis.resume();
    }
    if (hanging !== undefined) expect((await hanging).status).toBe(200);
    await until('all is well', () => isWell(browser), 1000);
  });

  test(`when Redis is gone, requests are answered ${stock ? 'after seconds, and with no 503' : 'with 503 within a second'}, and who was logged in still is`, async () => {
    const browser = await loggedIn();
    await fleet.redis.kill();
    try {
      if (stock) {
        const { status, ms } = await timed(browser.get('/api/v1/me'));
        // The instance's 500 after five seconds, or what nginx makes of an answer that takes as long as its patience.
        expect([500, 502, 504]).toContain(status);
        expect(ms).toBeGreaterThan(4000);
      } else {
        await expectRefusals(browser);
      }
    } finally {
      await fleet.redis.start();
    }
    // The stock client waits up to two seconds between its attempts to connect.
    await until('all is well', () => isWell(browser), stock ? 10_000 : 1000);
  });
});

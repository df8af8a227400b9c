import { afterAll, expect, test } from '@jest/globals';
import { Browser, sessionKeyOf } from '../../support/browser.ts';
import { startTwoApps } from '../../support/two-apps.ts';
import { tally } from '../throttling/guesses.ts';

const two = await startTwoApps({ THROTTLE_GUESTS_PER_ADDRESS: '20', STORE_DEADLINE_MS: '5000' });
const { a, b, redis } = two;
afterAll(async () => two[Symbol.asyncDispose]());

const from = (address: string) => ({ 'X-Forwarded-For': address });
const tea = { sku: 'tea', quantity: 1 };
const sessionKeys = async () => (await redis.ask((client) => client.keys('sess:*'))).length;
const longSku = (n: number) => `article-${n}-`.padEnd(64, 'x');

test('the largest session of a guest takes less than 2 KB in Redis', async () => {
  const guest = new Browser(a.url);
  for (let n = 0; n < 30; n += 1) {
    const key = `${n}-`.padEnd(64, 'x');
    const item = { sku: longSku(n % 10), quantity: 1 };
    const { status } = await guest.post('/api/v1/cart/items', item, {
      ...from('192.0.2.1'),
      'Idempotency-Key': key,
    });
    expect(status).toBe(200);
  }
  expect((await guest.post('/api/v1/cart/items', { sku: longSku(10), quantity: 1 })).status).toBe(409);
  const [key = ''] = await redis.ask((client) => client.keys(`sess:*`));
  expect(await redis.ask((client) => client.memoryUsage(key))).toBeLessThan(2000);
});

test('a single request of a stranger cannot store more than that', async () => {
  const fullCart = Array.from({ length: 50 }, (_, n) => ({ sku: longSku(n), quantity: 1 }));
  const before = await sessionKeys();
  const { status, headers } = await new Browser(a.url).post('/api/v1/cart/items', fullCart);
  expect(status).toBe(409);
  expect(headers.getSetCookie()).toEqual([]);
  expect(await sessionKeys()).toBe(before);
});

test('a guest is forgotten after 10 minutes in Redis, and a user after 30; the cookie of both lives for 12 hours', async () => {
  const browser = new Browser(a.url);
  const minutesOf = async (setCookies: readonly string[]) => {
    const expires = Date.parse(/Expires=([^;]+)/.exec(setCookies.join())?.[1] ?? '');
    const cookie = await browser.cookie();
    const ms = await redis.ask((client) => client.pTTL(sessionKeyOf(cookie)));
    return [Math.round((expires - Date.now()) / 60_000), Math.round(ms / 60_000)];
  };
  const added = await browser.post('/api/v1/cart/items', tea, from('192.0.2.2'));
  expect(await minutesOf(added.headers.getSetCookie())).toEqual([720, 10]);
  const read = await browser.at(b.url).get('/api/v1/cart');
  expect(read.headers.getSetCookie()).toEqual([]);
  expect(await minutesOf([])).toEqual([Number.NaN, 10]);
  const signedUp = await browser.post('/api/v1/signup', { username: 'ada', password: 'correct horse' });
  expect(await minutesOf(signedUp.headers.getSetCookie())).toEqual([720, 30]);
});

test('one address begins so many sessions of guests, on all instances together; the others none', async () => {
  const before = await sessionKeys();
  const posts = Array.from({ length: 100 }, (_, n) =>
    new Browser((n % 2 ? a : b).url).post('/api/v1/cart/items', tea, from('192.0.2.3')),
  );
  const answers = await Promise.all(posts);
  expect(tally(answers)).toEqual({ 200: 20, 429: 80 });
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.flatMap(({ headers }) => headers.getSetCookie())).toEqual([]);
  expect(await sessionKeys()).toBe(before + 20);
  for (const { headers } of refused) expect(Number(headers.get('retry-after'))).toBeGreaterThan(500);
});

test('who has a session goes on with it, whatever came from the address', async () => {
  const guest = new Browser(a.url);
  expect((await guest.post('/api/v1/cart/items', tea, from('192.0.2.4'))).status).toBe(200);
  const others = Array.from({ length: 30 }, () =>
    new Browser(b.url).post('/api/v1/cart/items', tea, from('192.0.2.4')),
  );
  expect(tally(await Promise.all(others))).toEqual({ 200: 19, 429: 11 });
  for (const app of [a, b]) {
    expect((await guest.at(app.url).post('/api/v1/cart/items', tea, from('192.0.2.4'))).status).toBe(200);
  }
});

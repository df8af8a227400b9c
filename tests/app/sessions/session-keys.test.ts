// Under which keys sessions are stored: what whoever reads Redis can do with them, and the way from the old keys to the new.

import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient } from 'redis';
import { startApp, type TestApp, testSettings } from '../../support/app.ts';
import { Browser, sessionIdOf } from '../../support/browser.ts';
import { startPostgres } from '../../support/postgres.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

const opened = new AsyncDisposableStack();
let redis: RedisServer;
let stock: TestApp;
let plain: TestApp;
let hashed: TestApp;
const ada = { username: 'ada', password: 'correct horse' };

beforeAll(async () => {
  redis = opened.use(await startRedis());
  const postgres = opened.use(await startPostgres());
  const settings = { DATABASE_URL: postgres.url, REDIS_URL: redis.url, SESSION_STRATEGY: 'redis' };
  stock = opened.use(await startApp({ ...settings, SESSION_STRATEGY: 'connect-redis' }));
  plain = opened.use(await startApp({ ...settings, SESSION_KEYS: 'plain' }));
  hashed = opened.use(await startApp(settings));
  for (const { url } of [stock, plain, hashed]) {
    await until('it is ready', async () => (await new Browser(url).get('/readyz')).status === 200);
  }
  expect((await new Browser(hashed.url).post('/api/v1/signup', ada)).status).toBe(201);
});
afterAll(() => opened.disposeAsync());

async function loggedIn(app: TestApp): Promise<Browser> {
  const browser = new Browser(app.url);
  expect((await browser.post('/api/v1/login', ada)).status).toBe(200);
  return browser;
}

async function guest(app: TestApp): Promise<Browser> {
  const browser = new Browser(app.url);
  expect((await browser.post('/api/v1/cart/items', { sku: 'tea', quantity: 2 })).status).toBe(200);
  return browser;
}

const statusAt = async (app: TestApp, browser: Browser) =>
  (await browser.at(app.url).get('/api/v1/me')).status;

describe('On the way to hashed keys', () => {
  test.each([
    ['first instances of connect-redis and of the plain setting', () => [stock, plain]],
    ['then instances of the plain and of the hashed setting', () => [plain, hashed]],
  ])('%s know each other’s sessions and end them', async (_, apps) => {
    for (const from of apps()) {
      const user = await loggedIn(from);
      const shopper = await guest(from);
      for (const on of apps()) {
        expect(await statusAt(on, user)).toBe(200);
        expect((await shopper.at(on.url).get('/api/v1/cart')).body).toMatchObject({
          data: { items: [{ sku: 'tea', quantity: 2 }] },
        });
      }
      for (const end of apps()) {
        const leaving = await loggedIn(from);
        const cookie = await leaving.cookie();
        expect((await leaving.at(end.url).post('/api/v1/logout')).status).toBe(200);
        for (const on of apps()) {
          const late = await new Browser(on.url).get('/api/v1/me', { Cookie: cookie });
          expect(late.status).toBe(401);
        }
      }
    }
  });

  test('nobody is logged out: sessions of each step are used in the next, and a login there takes their cart along', async () => {
    const [old, older] = [await loggedIn(plain), await loggedIn(stock)];
    const shopper = await guest(stock);
    for (const user of [old, older]) {
      expect((await user.at(hashed.url).post('/api/v1/cart/items', { sku: 'tea', quantity: 1 })).status).toBe(
        200,
      );
      expect(await statusAt(hashed, user)).toBe(200);
      expect(await statusAt(plain, user)).toBe(200);
    }
    expect((await shopper.at(hashed.url).post('/api/v1/login', ada)).status).toBe(200);
    expect(sessionIdOf(await shopper.cookie())).toContain('.');
    expect((await shopper.at(plain.url).get('/api/v1/cart')).body).toMatchObject({
      data: { items: [{ sku: 'tea', quantity: 2 }] },
    });
  });

  test('the plain setting keeps the keys of connect-redis', async () => {
    for (const browser of [await loggedIn(plain), await guest(plain)]) {
      expect(await redis.command('EXISTS', `sess:${sessionIdOf(await browser.cookie())}`)).toBe(1);
    }
  });
});

describe('Whoever reads everything in Redis, and everything that is sent to it,', () => {
  const secret = String(testSettings.SESSION_SECRET);
  const signed = (id: string) => {
    const signature = createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, '');
    return `sid=${encodeURIComponent(`s:${id}.${signature}`)}`;
  };
  let seen: string;
  let cookies: string[];

  beforeAll(async () => {
    await redis.command('FLUSHALL');
    const monitor = createClient({ url: redis.url });
    monitor.on('error', () => undefined);
    await monitor.connect();
    const lines: string[] = [];
    await monitor.monitor((line) => void lines.push(String(line)));
    try {
      const [user, shopper, other] = [await loggedIn(hashed), await guest(hashed), await loggedIn(hashed)];
      for (const browser of [user, shopper]) {
        await browser.post('/api/v1/cart/items', { sku: 'pear', quantity: 1 });
        await browser.get('/api/v1/me');
      }
      const cookie = await other.cookie();
      await other.post('/api/v1/logout');
      await until('the last command is seen', () =>
        lines.some((line) => line.includes('"DEL"') || line.includes('"del"')),
      );
      cookies = [await user.cookie(), await shopper.cookie(), cookie];
    } finally {
      monitor.destroy();
    }
    const keys = (await redis.command('KEYS', '*')) as string[];
    const contents = await Promise.all(
      keys.map(async (key) => {
        const type = await redis.command('TYPE', key);
        if (type === 'hash') return redis.command('HGETALL', key);
        return redis.command(...(type === 'zset' ? ['ZRANGE', key, '0', '-1'] : ['GET', key]));
      }),
    );
    seen = JSON.stringify([keys, contents, lines]);
  });

  test('finds no session’s id, nor its random part', () => {
    expect(seen).toContain('cart:pear');
    for (const cookie of cookies) {
      const id = sessionIdOf(cookie);
      expect(seen).not.toContain(id);
      expect(seen).not.toContain(id.split('.')[0]);
    }
  });

  test('and who even has the secret that signs cookies, finds no text that opens a session', async () => {
    expect((await new Browser(hashed.url).get('/api/v1/me', { Cookie: cookies[0] ?? '' })).status).toBe(200);
    expect(
      (await new Browser(hashed.url).get('/api/v1/me', { Cookie: signed(sessionIdOf(cookies[0] ?? '')) }))
        .status,
    ).toBe(200);
    const keys = (await redis.command('KEYS', 'sess:*')) as string[];
    expect(keys.length).toBeGreaterThanOrEqual(3);
    const tags = keys.flatMap((key) => /\{(.*)\}/.exec(key)?.[1] ?? []);
    const guesses = keys.flatMap((key) => {
      const name = key.slice('sess:'.length);
      const hash = name.split(':').at(-1) ?? '';
      return [key, name, hash, `${hash}.`, ...tags.map((tag) => `${hash}.${tag}`)];
    });
    for (const guess of guesses) {
      const at = new Browser(hashed.url);
      expect((await at.get('/api/v1/me', { Cookie: signed(guess) })).status).toBe(401);
      expect((await at.get('/api/v1/cart', { Cookie: signed(guess) })).body).toMatchObject({
        data: { items: [] },
      });
    }
  });
});

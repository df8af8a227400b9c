// The sessions that a run fills Redis with are those of the app: it takes them for its own, and they have the same size.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hashedName } from 'merging-redis-store';
import { openAppStore } from '../../services/scale/src/sessions/app-store.ts';
import { contentOf, cookieOf, madeSession } from '../../services/scale/src/sessions/made-session.ts';
import { startApp, type TestApp, testSettings } from '../support/app.ts';
import { Browser } from '../support/browser.ts';
import { startPostgres } from '../support/postgres.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';

describe('a made-up session', () => {
  const opened = new AsyncDisposableStack();
  let redis: RedisServer;
  let app: TestApp;
  beforeAll(async () => {
    redis = opened.use(await startRedis());
    const postgres = opened.use(await startPostgres());
    const settings = { SESSION_STRATEGY: 'redis', REDIS_URL: redis.url, DATABASE_URL: postgres.url };
    app = opened.use(await startApp(settings));
  }, 60_000);
  afterAll(() => opened.disposeAsync());

  test('is the same in each process that knows the seed, and another with each number and seed', () => {
    expect(madeSession('a', 1)).toEqual(madeSession('a', 1));
    const ids = ['a', 'b'].flatMap((seed) => [0, 1, 2].map((number) => madeSession(seed, number).id));
    expect(new Set(ids).size).toBe(6);
  });

  test('has the name of a hashed id, with its user’s tag', () => {
    expect(hashedName(madeSession('a', 1).id)).toMatch(/^\{[\w-]{22}\}:[\w-]{43}$/);
  });

  test('logs its user in at the app, and holds the articles', async () => {
    await using store = await openAppStore({ kind: 'standalone', url: redis.url });
    const session = madeSession('a', 7);
    await store.store.set(session.id, contentOf(session, { cartLines: 3 }));
    const cookie = cookieOf(session.id, testSettings.SESSION_SECRET ?? '');
    const browser = new Browser(app.url);
    expect(await browser.get('/api/v1/me', { cookie })).toMatchObject({
      status: 200,
      body: { data: { user: { id: session.userId } } },
    });
    const { body } = await browser.get('/api/v1/cart', { cookie });
    expect(JSON.stringify(body).match(/article-/g)).toHaveLength(3);
    // It is in the user's list, which the app shows.
    const { body: listed } = await browser.get('/api/v1/sessions', { cookie });
    expect(listed).toMatchObject({ data: { sessions: [{ current: true }] } });
  });

  test('has the members and about the size of a session that the app stores at a login', async () => {
    const browser = new Browser(app.url);
    // As long as a made-up name and a browser's User-Agent are.
    const account = { username: 'user-0123456789abcdef', password: 'a long enough password' };
    const { status } = await browser.post('/api/v1/signup', account, { 'user-agent': 'x'.repeat(100) });
    expect(status).toBe(201);
    const keys = (await redis.command('KEYS', 'sess:{*}:*')) as string[];
    const texts = await Promise.all(keys.map(async (key) => String(await redis.command('GET', key))));
    const stored = texts.find((text) => text.includes(account.username)) ?? '{}';
    const session = madeSession('a', 8);
    const made = JSON.stringify(contentOf(session, { cartLines: 0 }));
    const members = (text: string) =>
      Object.entries(JSON.parse(text)).flatMap(([name, value]) =>
        value instanceof Object ? Object.keys(value).map((member) => `${name}.${member}`) : [name],
      );
    expect(members(made).sort()).toEqual(members(stored).sort());
    expect(Math.abs(made.length - stored.length)).toBeLessThanOrEqual(3);
  });
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sessionTagger } from '../../../services/app/src/sessions/session-tag.ts';
import type { TestApp } from '../../support/app.ts';
import { startApp, testSettings } from '../../support/app.ts';
import { Browser, sessionIdOf, sessionKeyOf } from '../../support/browser.ts';
import type { TestPostgres } from '../../support/postgres.ts';
import { startPostgres } from '../../support/postgres.ts';
import type { RedisServer } from '../../support/redis.ts';
import { startRedis } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

const opened = new AsyncDisposableStack();
let redis: RedisServer;
let postgres: TestPostgres;
let settings: Record<string, string>;
let app: TestApp;

beforeAll(async () => {
  redis = opened.use(await startRedis());
  postgres = opened.use(await startPostgres());
  settings = { SESSION_STRATEGY: 'redis', REDIS_URL: redis.url, DATABASE_URL: postgres.url };
  app = opened.use(await startApp(settings));
});
afterAll(() => opened.disposeAsync());

const sessionTag = sessionTagger(String(testSettings.SESSION_SECRET));
let number = 0;
async function loggedIn(at: TestApp = app, headers: Record<string, string> = {}): Promise<Browser> {
  const browser = new Browser(at.url);
  const body = { username: `user-${++number}`, password: 'correct horse' };
  expect((await browser.post('/api/v1/signup', body, headers)).status).toBe(201);
  return browser;
}

/** What Redis holds of the browser's session: reads or changes it. */
async function stored(browser: Browser, change?: (text: string) => string): Promise<string | null> {
  const key = sessionKeyOf(await browser.cookie());
  return redis.ask(async (client) => {
    const text = await client.get(key);
    if (text !== null && change !== undefined) await client.set(key, change(text), { expiration: 'KEEPTTL' });
    return text;
  });
}

describe('a guest', () => {
  test('who only looks around gets no session and no cookie', async () => {
    const before = await redis.ask((client) => client.dbSize());
    const browser = new Browser(app.url);
    for (const path of ['/api/v1/cart', '/api/v1/me', '/livez', '/readyz', '/nothing'])
      await browser.get(path);
    await browser.send('DELETE', '/api/v1/cart/items/apple');
    expect(await browser.cookie()).toBe('');
    expect(await redis.ask((client) => client.dbSize())).toBe(before);
  });

  test('gets a session when something is first stored in it', async () => {
    const browser = new Browser(app.url);
    await browser.post('/api/v1/cart/items', { sku: 'apple', quantity: 1 });
    expect(JSON.parse((await stored(browser)) ?? '')).toEqual({
      cookie: expect.anything(),
      createdAt: expect.any(Number),
      'cart:apple': 1,
    });
  });
});

describe('the cookie', () => {
  test('cannot be read by scripts, is not sent by other sites, and lives as long as a session may', async () => {
    const browser = new Browser(app.url);
    const [line = ''] = (
      await browser.post('/api/v1/cart/items', { sku: 'a', quantity: 1 })
    ).headers.getSetCookie();
    expect(line).toMatch(/^sid=s%3A[\w-]{32}\.[^;]+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/);
    const expires = Date.parse(/Expires=([^;]+)/.exec(line)?.[1] ?? '');
    expect(Math.abs(expires - Date.now() - 43_200_000)).toBeLessThan(5000);
  });

  test('is __Host-sid and Secure behind HTTPS, and cleared as such', async () => {
    await using secure = await startApp({ ...settings, COOKIE_SECURE: 'true' });
    const https = { 'X-Forwarded-Proto': 'https' };
    const browser = new Browser(secure.url);
    const body = { username: `user-${++number}`, password: 'correct horse' };
    const [line] = (await browser.post('/api/v1/signup', body, https)).headers.getSetCookie();
    expect(line).toMatch(/^__Host-sid=.+; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/);
    const headers = { ...https, Cookie: line?.split(';')[0] ?? '' };
    expect((await browser.get('/api/v1/me', headers)).status).toBe(200);
    expect((await browser.post('/api/v1/logout', undefined, headers)).headers.getSetCookie()).toEqual([
      '__Host-sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax',
    ]);
  });

  test('is never missing after a login: plain HTTP is refused where the cookie is Secure', async () => {
    await using secure = await startApp({ ...settings, COOKIE_SECURE: 'true' });
    const answer = await new Browser(secure.url).post('/api/v1/login', { username: 'ann', password: 'x' });
    expect(answer.status).toBe(403);
  });

  test('is not sent because somebody who is not the proxy claims HTTPS', async () => {
    await using secure = await startApp({ ...settings, COOKIE_SECURE: 'true', TRUST_PROXY: '10.0.0.0/8' });
    const answer = await new Browser(secure.url).get('/api/v1/cart', { 'X-Forwarded-Proto': 'https' });
    expect(answer.status).toBe(403);
  });

  test.each([
    ['unsigned', 'sid=abc'],
    ['signed with nothing', 'sid=s%3Aabc.'],
    [
      'signed with another secret',
      'sid=s%3Aabcdefghijklmnopqrstuvwxyz012345.1xGCjVkJkeoxbvlOVdbHJDCDCV1nCzHbwwa8XNGD5Lg',
    ],
    ['wrongly encoded', 'sid=%E0%A4%A'],
    ['empty', 'sid='],
    ['rubbish', ';;=;sid;\u00ff=='],
  ])('that is %s is ignored', async (_what, cookie) => {
    const answer = await new Browser(app.url).get('/api/v1/me', { Cookie: cookie });
    expect(answer.status).toBe(401);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  test('signed with an older secret is accepted, and signed again with the newer one', async () => {
    const older = testSettings.SESSION_SECRET ?? '';
    const newer = 'the next secret of the tests is long enough';
    await using both = await startApp({ ...settings, SESSION_SECRET: `${newer},${older}` });
    await using only = await startApp({ ...settings, SESSION_SECRET: newer });
    const browser = await loggedIn();
    expect((await browser.at(only.url).get('/api/v1/me')).status).toBe(401);
    const signedAnew = await browser.at(both.url).get('/api/v1/me');
    expect([signedAnew.status, signedAnew.headers.getSetCookie()]).toEqual([
      200,
      [expect.stringMatching(/^sid=s%3A[^;]+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/)],
    ]);
    const already = await browser.at(both.url).get('/api/v1/me');
    expect([already.status, already.headers.getSetCookie()]).toEqual([200, []]);
    expect((await browser.at(only.url).get('/api/v1/me')).status).toBe(200);
  });
});

describe('a session in use', () => {
  test('gets its full idle timeout again with each request, and its cookie only once', async () => {
    const browser = await loggedIn();
    const key = sessionKeyOf(await browser.cookie());
    await redis.ask((client) => client.expire(key, 60));
    const answer = await browser.get('/api/v1/me');
    expect(answer.headers.getSetCookie()).toEqual([]);
    const changed = await browser.post('/api/v1/cart/items', { sku: 'apple', quantity: 1 });
    expect([changed.status, changed.headers.getSetCookie()]).toEqual([200, []]);
    expect(await redis.ask((client) => client.ttl(key))).toBeGreaterThan(1790);
  });

  test('has ended when its idle timeout has passed', async () => {
    const browser = await loggedIn();
    const key = sessionKeyOf(await browser.cookie());
    await redis.ask((client) => client.pExpire(key, 1));
    await until('it has ended', async () => (await redis.ask((client) => client.exists(key))) === 0);
    expect((await browser.get('/api/v1/me')).status).toBe(401);
  });

  test('ends after its absolute timeout: destroyed, cookie cleared, 401', async () => {
    const browser = await loggedIn();
    const cookie = await browser.cookie();
    await stored(browser, (text) => {
      const session = JSON.parse(text);
      return JSON.stringify({ ...session, createdAt: session.createdAt - 43_200_000 });
    });
    const answer = await browser.get('/api/v1/protected');
    expect(answer.status).toBe(401);
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^sid=; .*Expires=Thu, 01 Jan 1970/),
    ]);
    expect(await browser.cookie()).toBe('');
    expect(await redis.ask((client) => client.exists(sessionKeyOf(cookie)))).toBe(0);
  });

  test('can be followed by a login after its absolute timeout', async () => {
    const browser = await loggedIn();
    await stored(browser, (text) => JSON.stringify({ ...JSON.parse(text), createdAt: 1 }));
    const login = await browser.post('/api/v1/login', {
      username: `user-${number}`,
      password: 'correct horse',
    });
    expect(login.status).toBe(200);
    expect((await browser.get('/api/v1/me')).status).toBe(200);
  });
});

describe('a session that cannot be read', () => {
  const saysSo = ({ msg }: Record<string, unknown>) => msg === 'cannot read a session';
  const replaced = (text: string, change: object) => JSON.stringify({ ...JSON.parse(text), ...change });

  test.each([
    ['is not JSON', () => '{"cookie":'],
    ['is another kind of JSON', () => '"text"'],
    ['has no cookie', (text: string) => replaced(text, { cookie: undefined })],
    ['has a number for its user', (text: string) => replaced(text, { user: 5 })],
    ['has no createdAt', (text: string) => replaced(text, { createdAt: null })],
  ])('because it %s, is ignored, left to expire, and logged without its id', async (_what, damage) => {
    const browser = await loggedIn();
    const id = sessionIdOf(await browser.cookie());
    await stored(browser, damage);
    const answer = await browser.get('/api/v1/me');
    expect(answer.status).toBe(401);
    expect(answer.headers.getSetCookie()).toEqual([]);
    await until('it is logged', () =>
      app.log().some((line) => saysSo(line) && line.session === sessionTag(id)),
    );
    expect(JSON.stringify(app.log())).not.toContain(id);
    expect(await stored(browser)).not.toBe(null);
    const key = sessionKeyOf(await browser.cookie());
    expect(await redis.ask((client) => client.ttl(key))).toBeGreaterThan(0);
  });

  test('is known again after a rollback to the version that can read it', async () => {
    const browser = await loggedIn();
    const ours = await stored(browser, (text) =>
      replaced(text, { user: 'ann, in the form of another version' }),
    );
    expect((await browser.get('/api/v1/me')).status).toBe(401);
    await stored(browser, () => String(ours));
    expect((await browser.get('/api/v1/me')).status).toBe(200);
  });

  test('is logged once, however often a client sends its cookie', async () => {
    const browser = await loggedIn();
    const tag = sessionTag(sessionIdOf(await browser.cookie()));
    await stored(browser, () => '{}');
    for (let i = 0; i < 20; i += 1) await browser.get('/api/v1/me');
    expect(app.log().filter((line) => saysSo(line) && line.session === tag)).toHaveLength(1);
  });

  test('is deleted by a logout, so that no other version goes on accepting it', async () => {
    const browser = await loggedIn();
    const key = sessionKeyOf(await browser.cookie());
    await stored(browser, (text) => replaced(text, { user: 5 }));
    expect((await browser.post('/api/v1/logout')).status).toBe(200);
    expect(await redis.ask((client) => client.exists(key))).toBe(0);
  });
});

describe.each(['memory', 'sticky'])('with the strategy %s', (strategy) => {
  test('an instance knows its own sessions and not those of another', async () => {
    await using one = await startApp({ ...settings, SESSION_STRATEGY: strategy });
    await using two = await startApp({ ...settings, SESSION_STRATEGY: strategy });
    const browser = await loggedIn(one);
    expect((await browser.get('/api/v1/me')).status).toBe(200);
    expect((await browser.at(two.url).get('/api/v1/me')).status).toBe(401);
    expect((await browser.get('/api/v1/me')).status).toBe(200);
  });
});

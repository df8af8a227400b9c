// A user's sessions, begun over HTTP on two instances, listed and ended by the store's lists.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cartKeys } from '../../../services/app/src/cart/cart-keys.ts';
import { readConfig } from '../../../services/app/src/config.ts';
import { openLog } from '../../../services/app/src/operations/log.ts';
import { openSessionStore } from '../../../services/app/src/sessions/store-by-strategy.ts';
import type { UserSessions } from '../../../services/app/src/sessions/user-sessions.ts';
import { startApp, testSettings } from '../../support/app.ts';
import { Browser, sessionIdOf } from '../../support/browser.ts';
import { startTwoApps, type TwoApps } from '../../support/two-apps.ts';
import { until } from '../../support/wait.ts';

const opened = new AsyncDisposableStack();
let two: TwoApps;
let sessions: UserSessions;
beforeAll(async () => {
  two = opened.use(await startTwoApps());
  const config = readConfig({ ...testSettings, SESSION_STRATEGY: 'redis', REDIS_URL: two.redis.url });
  const store = openSessionStore(config.session, cartKeys, openLog('silent', 'test'));
  opened.defer(() => store.close());
  await until('it is connected', () =>
    store.ready?.().then(
      () => true,
      () => false,
    ),
  );
  if (store.userSessions === undefined) throw new Error('the strategy redis has lists');
  sessions = store.userSessions;
});
afterAll(() => opened.disposeAsync());

let users = 0;
/** A user who has signed up, and is logged out again. */
async function newUser() {
  const credentials = { username: `user${users++}`, password: 'correct horse' };
  const browser = new Browser(two.a.url);
  const { body } = await browser.post('/api/v1/signup', credentials);
  await browser.post('/api/v1/logout');
  const { id } = (body as { data: { user: { id: string } } }).data.user;
  return { id, credentials };
}

type User = Awaited<ReturnType<typeof newUser>>;

async function logIn({ credentials }: User, url = two.a.url, agent = 'a test'): Promise<Browser> {
  const browser = new Browser(url);
  expect((await browser.post('/api/v1/login', credentials, { 'User-Agent': agent })).status).toBe(200);
  return browser;
}

const nameOf = async (browser: Browser) => String(sessions.nameOf(sessionIdOf(await browser.cookie())));
const me = async (browser: Browser, url: string) => (await browser.at(url).get('/api/v1/me')).status;

test('Three logins at once, on two instances, are all listed, the newest first', async () => {
  const user = await newUser();
  const browsers = await Promise.all([logIn(user), logIn(user, two.b.url), logIn(user, two.b.url)]);
  const names = await Promise.all(browsers.map(nameOf));
  const list = await sessions.list(user.id);
  expect(list.map(({ name }) => name).sort()).toEqual(names.sort());
  const times = list.map(({ createdAt }) => createdAt);
  expect(times).toEqual([...times].sort((a, b) => b - a));
  for (const { createdAt, lastSeenAt } of list) {
    expect(Math.abs(createdAt - Date.now())).toBeLessThan(20_000);
    expect(Math.abs(lastSeenAt - Date.now())).toBeLessThan(20_000);
  }
});

test('A session’s client is a short text that can be printed', async () => {
  const user = await newUser();
  await logIn(user, two.a.url, `Mozilla/5.0 \u00e9\t<b> ${'x'.repeat(200)}`);
  const [session] = await sessions.list(user.id);
  expect(session?.client).toMatch(/^Mozilla\/5\.0 [\x20-\x7e]{1,88}$/);
});

test('A login takes the list from the id that it replaces to the new one', async () => {
  const user = await newUser();
  const browser = await logIn(user);
  const before = await nameOf(browser);
  expect((await browser.at(two.b.url).post('/api/v1/login', user.credentials)).status).toBe(200);
  const list = await sessions.list(user.id);
  expect(list.map(({ name }) => name)).toEqual([await nameOf(browser)]);
  expect(list[0]?.name).not.toBe(before);
});

test('One session is ended on both instances, and the others go on', async () => {
  const user = await newUser();
  const [ended, stays] = [await logIn(user), await logIn(user, two.b.url)];
  expect(await sessions.end(user.id, await nameOf(ended))).toBe(true);
  for (const { url } of [two.a, two.b]) {
    expect(await me(ended, url)).toBe(401);
    expect(await me(stays, url)).toBe(200);
  }
});

test('All sessions are ended on both instances, and a login that had begun before is told to log in again', async () => {
  const user = await newUser();
  const [one, other] = [await logIn(user), await logIn(user, two.b.url)];
  const guest = new Browser(two.a.url);
  await guest.post('/api/v1/cart/items', { sku: 'tea', quantity: 1 });
  // The epoch that Postgres has is still the old one, as a login knows it that has read it before.
  expect(await sessions.endAll(user.id, 1)).toBe(2);
  for (const { url } of [two.a, two.b]) {
    expect(await me(one, url)).toBe(401);
    expect(await me(other, url)).toBe(401);
  }
  const late = await guest.post('/api/v1/login', user.credentials);
  expect([late.status, late.body]).toEqual([
    401,
    { status: 'fail', message: 'The session has ended. Log in again.' },
  ]);
  expect(await sessions.list(user.id)).toEqual([]);
  expect((await guest.get('/api/v1/cart')).body).toMatchObject({ data: { items: [{ sku: 'tea' }] } });
});

test('A session begun with the plain setting is not listed, and ends with all others', async () => {
  const settings = { SESSION_STRATEGY: 'redis', SESSION_KEYS: 'plain', REDIS_URL: two.redis.url };
  await using plain = await startApp({
    ...settings,
    DATABASE_URL: two.postgres.url,
    STARTUP_WAIT_MS: '5000',
  });
  const user = await newUser();
  const browser = await logIn(user, plain.url);
  expect(sessions.nameOf(sessionIdOf(await browser.cookie()))).toBeUndefined();
  expect(await sessions.list(user.id)).toEqual([]);
  await sessions.endAll(user.id, 1);
  for (const { url } of [plain, two.a, two.b]) expect(await me(browser, url)).toBe(401);
});

test('A login beyond SESSIONS_PER_USER ends another session, which is an event of the log', async () => {
  const settings = { SESSION_STRATEGY: 'redis', SESSIONS_PER_USER: '2', REDIS_URL: two.redis.url };
  await using limited = await startApp({
    ...settings,
    DATABASE_URL: two.postgres.url,
    STARTUP_WAIT_MS: '5000',
  });
  const user = await newUser();
  const browsers = [
    await logIn(user, limited.url),
    await logIn(user, limited.url),
    await logIn(user, limited.url),
  ];
  const statuses = await Promise.all(browsers.map((browser) => me(browser, two.b.url)));
  expect(statuses).toEqual([401, 200, 200]);
  const events = limited.log().filter(({ event }) => event === 'session_ended');
  expect(events).toEqual([expect.objectContaining({ by: 'session limit', session: expect.any(String) })]);
  const [ended] = events;
  const firstLogin = limited
    .log()
    .find(({ path, session }) => path === '/api/v1/login' && session === ended?.session);
  expect(firstLogin).toBeDefined();
});

test('An outage of Redis is two events of the log, its begin and its end', async () => {
  await using own = await startTwoApps();
  const events = () =>
    own.a.log().flatMap(({ event }) => (String(event).startsWith('store_') ? [event] : []));
  await until('it is connected', async () => (await new Browser(own.a.url).get('/readyz')).status === 200);
  expect(events()).toEqual([]);
  await own.redis.kill();
  await until('it is noticed', () => events().length > 0);
  await own.redis.start();
  await until('it is back', () => events().length > 1);
  expect(events()).toEqual(['store_down', 'store_back']);
});

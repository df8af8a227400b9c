// A change of the password, on two instances: what is done on one is checked on both.

import { afterAll, expect, test } from '@jest/globals';
import { startApp } from '../../support/app.ts';
import { Browser, sessionIdOf } from '../../support/browser.ts';
import { startRelay } from '../../support/redis-relay.ts';
import { startTwoApps } from '../../support/two-apps.ts';
import { until } from '../../support/wait.ts';

const two = await startTwoApps({ EPOCH_POLL_MS: '50' });
const { redis, postgres, a, b } = two;
afterAll(async () => two[Symbol.asyncDispose]());

const [oldPassword, newPassword] = ['correct horse', 'battery staple'];
const change = { currentPassword: oldPassword, newPassword };
let number = 0;
const newUser = () => ({ username: `user-${++number}`, password: oldPassword });
type Who = ReturnType<typeof newUser>;

async function loggedIn(who: Who, url: string, path = 'login'): Promise<Browser> {
  const browser = new Browser(url);
  expect((await browser.post(`/api/v1/${path}`, who)).status).toBe(path === 'login' ? 200 : 201);
  return browser;
}
const statuses = (browser: Browser) =>
  Promise.all([a, b].map(async ({ url }) => (await browser.at(url).get('/api/v1/me')).status));
const logIns = (who: Who) =>
  Promise.all([a, b].map(async ({ url }) => (await new Browser(url).post('/api/v1/login', who)).status));

test('ends all other sessions, and this one goes on under a new id', async () => {
  const who = newUser();
  const browser = await loggedIn(who, a.url, 'signup');
  const others = [await loggedIn(who, a.url), await loggedIn(who, b.url)];
  const before = await browser.cookie();
  const answer = await browser.post('/api/v1/password', change);
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ status: 'success', data: { ended: 2 } });
  expect(await Promise.all(others.map(statuses))).toEqual([
    [401, 401],
    [401, 401],
  ]);
  expect(await statuses(browser)).toEqual([200, 200]);
  expect(sessionIdOf(await browser.cookie())).not.toBe(sessionIdOf(before));
  expect((await new Browser(b.url).get('/api/v1/me', { Cookie: before })).status).toBe(401);
  expect(await logIns(who)).toEqual([401, 401]);
  expect(await logIns({ ...who, password: newPassword })).toEqual([200, 200]);
});

test('is over when the instances have read the epoch, too: the session that goes on is not refused', async () => {
  const browser = await loggedIn(newUser(), a.url, 'signup');
  expect((await browser.post('/api/v1/password', change)).status).toBe(200);
  const end = performance.now() + 500;
  while (performance.now() < end) expect(await statuses(browser)).toEqual([200, 200]);
});

test.each([
  ['a wrong current password', { ...change, currentPassword: 'wrong horse' }, 403],
  ['a password that many people use', { ...change, newPassword: 'password' }, 400],
  ['a password that is too short', { ...change, newPassword: 'short' }, 400],
  ['the current password again', { ...change, newPassword: oldPassword }, 400],
  ['half of a surrogate pair', { ...change, newPassword: 'battery staple\ud800' }, 400],
  ['no current password', { newPassword }, 400],
])('is refused with %s, and changes nothing', async (_what, body, status) => {
  const who = newUser();
  const browser = await loggedIn(who, a.url, 'signup');
  const other = await loggedIn(who, b.url);
  const answer = await browser.post('/api/v1/password', body);
  expect(answer.status).toBe(status);
  if (status === 403) expect(answer.body).toMatchObject({ reason: 'wrong_password' });
  for (const each of [browser, other]) expect(await statuses(each)).toEqual([200, 200]);
  expect(await logIns(who)).toEqual([200, 200]);
});

test('is refused with the username in it', async () => {
  const who = newUser();
  const browser = await loggedIn(who, a.url, 'signup');
  const body = { ...change, newPassword: `my ${who.username.toUpperCase()} is long` };
  expect((await browser.post('/api/v1/password', body)).body).toMatchObject({
    fields: [{ field: 'newPassword' }],
  });
});

test('is for users', async () => {
  expect((await new Browser(a.url).post('/api/v1/password', change)).status).toBe(401);
  expect((await new Browser(a.url).get('/api/v1/password')).status).toBe(405);
});

test('by two sessions at once happens once', async () => {
  for (let round = 0; round < 5; round += 1) {
    const who = newUser();
    const browsers = [await loggedIn(who, a.url, 'signup'), await loggedIn(who, b.url)];
    const passwords = ['battery staple 1', 'battery staple 2'];
    const answers = await Promise.all(
      browsers.map((browser, i) =>
        browser.post('/api/v1/password', { ...change, newPassword: passwords[i] }),
      ),
    );
    const winner = answers.findIndex(({ status }) => status === 200);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect([401, 403, 409]).toContain(answers[1 - winner]?.status);
    expect(await logIns({ ...who, password: passwords[winner] ?? '' })).toEqual([200, 200]);
    const [winning, losing] = [browsers[winner], browsers[1 - winner]];
    if (winning && losing)
      expect(await Promise.all([statuses(winning), statuses(losing)])).toEqual([
        [200, 200],
        [401, 401],
      ]);
  }
});

test('that Redis does not hear of is an error that says so, and every old session ends all the same', async () => {
  await using relay = await startRelay(redis.port);
  await using slow = await startApp({
    ...{ SESSION_STRATEGY: 'redis', REDIS_URL: relay.url, DATABASE_URL: postgres.url },
    ...{ EPOCH_POLL_MS: '50', STORE_DEADLINE_MS: '800' },
  });
  const who = newUser();
  await until('it is ready', async () => (await new Browser(slow.url).get('/readyz')).status === 200);
  const browser = await loggedIn(who, slow.url, 'signup');
  const other = await loggedIn(who, b.url);
  const list = await browser.get('/api/v1/sessions');
  const { sessions } = (list.body as { data: { sessions: { id: string; current: boolean }[] } }).data;
  const own = sessions.find(({ current }) => current)?.id;
  // The command that ends the others names the session that goes on, as a word of its own.
  const held = relay.hold(`\r\n${own}\r\n`);
  const answer = await browser.post('/api/v1/password', change);
  expect(answer.status).toBe(503);
  expect(answer.body).toMatchObject({ message: expect.stringContaining('The password has been changed.') });
  await until('the other session is refused', async () => (await statuses(other)).join() === '401,401');
  await until('this one too', async () => (await statuses(browser)).join() === '401,401');
  held.letGo();
  expect(await logIns(who)).toEqual([401, 401]);
  expect(await logIns({ ...who, password: newPassword })).toEqual([200, 200]);
});

test('leaves events with the user and no password', async () => {
  const browser = await loggedIn(newUser(), a.url, 'signup');
  const already = a.log().length;
  await browser.post('/api/v1/password', { ...change, currentPassword: 'a wrong horse' });
  await browser.post('/api/v1/password', change);
  const lines = a.log().slice(already);
  const events = lines.filter(({ event }) => event !== undefined);
  expect(events.map(({ event }) => event)).toEqual(['login_failed', 'password_changed', 'session_ended']);
  expect(new Set(events.map(({ user }) => user)).size).toBe(1);
  for (const secret of [oldPassword, newPassword, 'a wrong horse']) {
    expect(JSON.stringify(lines)).not.toContain(secret);
  }
});

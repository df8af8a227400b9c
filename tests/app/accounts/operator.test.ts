// What the operator's command does, on two instances: as a program, with its exit codes and what it writes.

import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { compileCache, type Settings } from '../../support/app.ts';
import { Browser, sessionIdOf } from '../../support/browser.ts';
import { startChild } from '../../support/child.ts';
import { startTwoApps } from '../../support/two-apps.ts';
import { until } from '../../support/wait.ts';

const two = await startTwoApps({ EPOCH_POLL_MS: '100' });
const { redis, postgres, a, b } = two;
afterAll(async () => two[Symbol.asyncDispose]());

const program = fileURLToPath(new URL('../../../services/app/src/operator.ts', import.meta.url));

async function operate(args: readonly string[], settings: Settings = {}) {
  const addresses = { REDIS_URL: redis.url, DATABASE_URL: postgres.url };
  const env = { PATH: process.env.PATH, NODE_COMPILE_CACHE: compileCache, ...addresses, ...settings };
  await using child = await startChild(process.execPath, [program, ...args], { env });
  const code = await child.ended;
  const lines = child.output().split('\n').filter(Boolean);
  return { code, output: child.output(), json: () => lines.map((line) => JSON.parse(line)) };
}

let number = 0;
async function newUser(): Promise<{
  who: { username: string; password: string };
  id: string;
  browser: Browser;
}> {
  const who = { username: `user-${++number}`, password: 'correct horse' };
  const browser = new Browser(a.url);
  expect((await browser.post('/api/v1/signup', who)).status).toBe(201);
  const [row] = await postgres.ask(`SELECT id FROM users WHERE username = '${who.username}'`);
  return { who, id: String(row?.id), browser };
}
const statuses = (browser: Browser) =>
  Promise.all([a, b].map(async ({ url }) => (await browser.at(url).get('/api/v1/me')).status));

test('end-sessions ends all sessions of a user at once, and no login after it', async () => {
  const { who, id, browser } = await newUser();
  const { browser: bystander } = await newUser();
  const other = new Browser(b.url);
  await other.post('/api/v1/login', who);
  const { code, json } = await operate(['end-sessions', who.username]);
  expect(code).toBe(0);
  expect(json()).toEqual([
    expect.objectContaining({ event: 'session_ended', user: id, by: 'operator', count: 2, level: 30 }),
  ]);
  for (const each of [browser, other]) expect(await statuses(each)).toEqual([401, 401]);
  expect(await statuses(bystander)).toEqual([200, 200]);
  expect((await browser.post('/api/v1/login', who)).status).toBe(200);
  expect(await statuses(browser)).toEqual([200, 200]);
});

test('end-sessions --all ends those of all users within two polls, and no login after it', async () => {
  const users = [await newUser(), await newUser()];
  expect((await operate(['end-sessions', '--all'])).code).toBe(0);
  const start = performance.now();
  for (const { browser } of users) {
    await until('it is refused', async () => (await statuses(browser)).join() === '401,401');
  }
  // Two polls of 100 ms, and what a busy machine adds.
  expect(performance.now() - start).toBeLessThan(2000);
  for (const { browser, who } of users) {
    expect((await browser.post('/api/v1/login', who)).status).toBe(200);
    expect(await statuses(browser)).toEqual([200, 200]);
    const list = await browser.at(b.url).get('/api/v1/sessions');
    expect(list.body).toMatchObject({ data: { sessions: [{ current: true }] } });
  }
});

describe('a disabled account', () => {
  test('is logged out everywhere at once, and its login answers as with a wrong password', async () => {
    const { who, id, browser } = await newUser();
    const { code, json } = await operate(['disable', who.username]);
    expect(code).toBe(0);
    expect(json().map(({ event, user, by }) => ({ event, user, by }))).toEqual([
      { event: 'account_disabled', user: id, by: 'operator' },
      { event: 'session_ended', user: id, by: 'operator' },
    ]);
    expect(await statuses(browser)).toEqual([401, 401]);
    for (const { url } of [a, b]) {
      const refused = await new Browser(url).post('/api/v1/login', who);
      const wrong = await new Browser(url).post('/api/v1/login', { ...who, password: 'wrong horse' });
      expect(refused.status).toBe(401);
      expect(refused.body).toEqual(wrong.body);
      expect(refused.headers.getSetCookie()).toEqual([]);
    }
    const reasons = b.log().filter(({ event, user }) => event === 'login_failed' && user === id);
    expect(reasons.map(({ reason }) => reason)).toEqual(['disabled account', 'disabled account']);
  });

  test('can log in again when it is enabled, and its old sessions stay ended', async () => {
    const { who, id, browser } = await newUser();
    await operate(['disable', who.username]);
    const { code, json } = await operate(['enable', who.username.toUpperCase()]);
    expect(code).toBe(0);
    expect(json()).toEqual([expect.objectContaining({ event: 'account_enabled', user: id })]);
    expect(await statuses(browser)).toEqual([401, 401]);
    expect((await browser.post('/api/v1/login', who)).status).toBe(200);
    expect(await statuses(browser)).toEqual([200, 200]);
  });
});

test('list shows the sessions of a user, and nothing that logs in', async () => {
  const { who, browser } = await newUser();
  await new Browser(b.url).post('/api/v1/login', who, { 'User-Agent': 'telephone' });
  const { code, json, output } = await operate(['list', who.username]);
  expect(code).toBe(0);
  expect(json()).toHaveLength(2);
  expect(json()[0]).toMatchObject({ client: 'telephone', createdAt: expect.any(String) });
  expect(output).not.toContain(sessionIdOf(await browser.cookie()));
});

test('without Redis the instances end the sessions, as soon as they have read the epoch', async () => {
  const { who, id, browser } = await newUser();
  const { code, json } = await operate(['end-sessions', who.username], {
    REDIS_URL: 'redis://127.0.0.1:1',
  });
  expect(code).toBe(0);
  expect(json().map(({ event, level }) => event ?? level)).toEqual([40, 'session_ended']);
  await until('it is refused', async () => (await statuses(browser)).join() === '401,401');
  expect([...a.log(), ...b.log()]).toContainEqual(
    expect.objectContaining({ event: 'session_ended', user: id, by: 'app', session: expect.any(String) }),
  );
});

describe('the command', () => {
  test.each([
    ['no command', []],
    ['an unknown command', ['delete', 'ada']],
    ['no user', ['end-sessions']],
    ['two users', ['disable', 'ada', 'bob']],
    ['a user and all', ['end-sessions', 'ada', '--all']],
    ['all where one is meant', ['disable', '--all']],
    ['an unknown option', ['list', 'ada', '--force']],
  ])('exits with 2 and its help: %s', async (_what, args) => {
    const { code, output } = await operate(args);
    expect(code).toBe(2);
    expect(output).toContain('end-sessions USERNAME');
  });

  test('exits with 0 and its help when it is asked for it', async () => {
    expect(await operate(['--help'])).toMatchObject({
      code: 0,
      output: expect.stringContaining('DATABASE_URL'),
    });
  });

  test('exits with 1 for a user that is not there, and names it', async () => {
    for (const command of ['end-sessions', 'disable', 'enable', 'list']) {
      const { code, output } = await operate([command, 'nobody']);
      expect([code, output]).toEqual([1, 'There is no user "nobody".\n']);
    }
  });

  test('exits with 1 when Postgres is down, and with 78 without its address', async () => {
    const down = await operate(['disable', 'ada'], { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' });
    expect([down.code, down.output]).toEqual([1, 'User accounts cannot be reached at the moment.\n']);
    const unset = await operate(['disable', 'ada'], { DATABASE_URL: undefined });
    expect([unset.code, unset.output]).toEqual([78, expect.stringMatching(/^DATABASE_URL: expected/)]);
  });
});

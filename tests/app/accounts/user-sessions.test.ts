// A user sees and ends their own sessions, on two instances: what is done on one is checked on both.

import { afterAll, describe, expect, test } from '@jest/globals';
import { startApp } from '../../support/app.ts';
import { Browser, sessionIdOf } from '../../support/browser.ts';
import { startTwoApps } from '../../support/two-apps.ts';
import { until } from '../../support/wait.ts';

const two = await startTwoApps();
const { redis, postgres, a, b } = two;
afterAll(async () => two[Symbol.asyncDispose]());

let number = 0;
const newUser = () => ({ username: `user-${++number}`, password: 'correct horse' });

/** A user with as many sessions, begun on the two instances in turn. */
async function userWithSessions(count: number) {
  const who = newUser();
  const browsers: Browser[] = [];
  for (let i = 0; i < count; i += 1) {
    const browser = new Browser((i % 2 === 0 ? a : b).url);
    const answer = await browser.post(`/api/v1/${i === 0 ? 'signup' : 'login'}`, who, {
      'User-Agent': `browser ${i}`,
    });
    expect(answer.status).toBe(i === 0 ? 201 : 200);
    browsers.push(browser);
  }
  return { who, browsers, first: browsers[0] ?? new Browser(a.url), others: browsers.slice(1) };
}

/** The statuses of a read on both instances. */
const statuses = (browser: Browser) =>
  Promise.all([a, b].map(async ({ url }) => (await browser.at(url).get('/api/v1/me')).status));
const loggedIn = [200, 200];
const ended = [401, 401];

interface Listed {
  readonly id: string;
  readonly client: string;
  readonly current: boolean;
}
async function listOf(browser: Browser): Promise<readonly Listed[]> {
  const { status, body } = await browser.get('/api/v1/sessions');
  expect(status).toBe(200);
  return (body as { data: { sessions: Listed[] } }).data.sessions;
}

describe('the list', () => {
  test('has all sessions of the user, from any instance, and says which one is asking', async () => {
    const { browsers } = await userWithSessions(3);
    await userWithSessions(1);
    for (const [i, browser] of browsers.entries()) {
      for (const app of [a, b]) {
        const sessions = await listOf(browser.at(app.url));
        expect(sessions.map(({ client }) => client).sort()).toEqual(['browser 0', 'browser 1', 'browser 2']);
        expect(sessions.filter(({ current }) => current).map(({ client }) => client)).toEqual([
          `browser ${i}`,
        ]);
      }
    }
  });

  test('says when each began and was last used, and nothing that logs in', async () => {
    const { first } = await userWithSessions(2);
    const answer = await first.get('/api/v1/sessions');
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(answer.body).toEqual({
      status: 'success',
      data: {
        sessions: [1, 0].map((n) => ({
          ...{ id: expect.any(String), createdAt: time, lastSeenAt: time },
          ...{ client: `browser ${n}`, current: n === 0 },
        })),
      },
    });
    expect(JSON.stringify(answer.body)).not.toContain(sessionIdOf(await first.cookie()));
  });

  test('is for users', async () => {
    const guest = new Browser(a.url);
    for (const method of ['GET', 'DELETE']) {
      expect((await guest.send(method, '/api/v1/sessions')).status).toBe(401);
    }
    expect((await guest.send('DELETE', '/api/v1/sessions/x')).status).toBe(401);
    expect((await guest.send('PUT', '/api/v1/sessions')).status).toBe(405);
  });
});

describe('ending one session', () => {
  test('ends it on every instance, and no other', async () => {
    const { browsers, first, others } = await userWithSessions(3);
    const victim = (await listOf(first)).find(({ client }) => client === 'browser 1');
    expect((await first.send('DELETE', `/api/v1/sessions/${victim?.id}`)).status).toBe(200);
    expect(await Promise.all(browsers.map(statuses))).toEqual([loggedIn, ended, loggedIn]);
    expect(await listOf(others[1] ?? first)).toHaveLength(2);
    expect((await first.send('DELETE', `/api/v1/sessions/${victim?.id}`)).status).toBe(404);
  });

  test('that is the own one is a logout', async () => {
    const { first } = await userWithSessions(1);
    const cookie = await first.cookie();
    const [own] = await listOf(first);
    const answer = await first.send('DELETE', `/api/v1/sessions/${own?.id}`);
    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie()[0]).toMatch(/^sid=; /);
    expect((await new Browser(b.url).get('/api/v1/me', { Cookie: cookie })).status).toBe(401);
  });

  test('of somebody else is 404 and ends nothing', async () => {
    const { first: ada } = await userWithSessions(1);
    const { first: bob } = await userWithSessions(1);
    const [session] = await listOf(bob);
    expect((await ada.send('DELETE', `/api/v1/sessions/${session?.id}`)).status).toBe(404);
    for (const id of ['x', '..%2F', '*', '%00', 'a'.repeat(2000)]) {
      expect((await ada.send('DELETE', `/api/v1/sessions/${id}`)).status).toBe(404);
    }
    expect(await statuses(bob)).toEqual(loggedIn);
  });
});

describe('ending all other sessions', () => {
  test('leaves this one, with its cart and a new id', async () => {
    const { first, others } = await userWithSessions(3);
    await first.post('/api/v1/cart/items', { sku: 'tea', quantity: 2 });
    const before = await first.cookie();
    const answer = await first.send('DELETE', '/api/v1/sessions');
    expect(answer.body).toEqual({ status: 'success', data: { ended: 2 } });
    expect(await Promise.all(others.map(statuses))).toEqual([ended, ended]);
    expect(await statuses(first)).toEqual(loggedIn);
    expect((await new Browser(b.url).get('/api/v1/me', { Cookie: before })).status).toBe(401);
    expect((await first.get('/api/v1/cart')).body).toMatchObject({ data: { items: [{ sku: 'tea' }] } });
    expect(await listOf(first)).toHaveLength(1);
  });

  test('ends no login that comes after it', async () => {
    const { who, first } = await userWithSessions(2);
    await first.send('DELETE', '/api/v1/sessions');
    const later = new Browser(b.url);
    expect((await later.post('/api/v1/login', who)).status).toBe(200);
    expect(await statuses(later)).toEqual(loggedIn);
    expect(await listOf(first)).toHaveLength(2);
  });

  test('that races logins leaves none of them of an older epoch than the one that goes on', async () => {
    const { who, first } = await userWithSessions(1);
    for (let round = 0; round < 10; round += 1) {
      const racing = [a, b, a].map((app) => new Browser(app.url));
      const logins = racing.map((browser) => browser.post('/api/v1/login', who));
      const answer = await first.at((round % 2 ? a : b).url).send('DELETE', '/api/v1/sessions');
      expect(answer.status).toBe(200);
      await Promise.all(logins);
      // Each is logged in everywhere or nowhere, and whoever is logged in is in the list.
      const seen = await Promise.all(racing.map(statuses));
      expect(seen.every(([one, other]) => one === other)).toBe(true);
      const known = seen.filter(([one]) => one === 200).length;
      expect(await listOf(first)).toHaveLength(1 + known);
    }
  });

  test('is written to the log with the user, and without ids of sessions', async () => {
    const { first, others } = await userWithSessions(2);
    const ids = await Promise.all([first, ...others].map(async (each) => sessionIdOf(await each.cookie())));
    await first.at(b.url).send('DELETE', '/api/v1/sessions');
    const events = b.log().filter(({ event }) => event === 'session_ended');
    expect(events.at(-1)).toMatchObject({ by: 'user', count: 1, user: expect.any(String) });
    for (const id of ids) expect(JSON.stringify([a.log(), b.log()])).not.toContain(id);
  });
});

test('sessions from before there were lists end too, and the one that asks goes on in the list', async () => {
  await using older = await startApp({
    ...{ SESSION_STRATEGY: 'redis', REDIS_URL: redis.url, DATABASE_URL: postgres.url },
    SESSION_KEYS: 'plain',
  });
  const { who, first } = await userWithSessions(1);
  const [asking, other] = [new Browser(older.url), new Browser(older.url)];
  for (const browser of [asking, other]) await browser.post('/api/v1/login', who);
  expect((await asking.at(a.url).send('DELETE', '/api/v1/sessions')).status).toBe(200);
  expect(await Promise.all([first, other, asking].map(statuses))).toEqual([ended, ended, loggedIn]);
  expect(await listOf(asking.at(b.url))).toMatchObject([{ current: true }]);
});

test('a login that is too old may look, and has to be renewed to end other sessions', async () => {
  const { who, first: other } = await userWithSessions(1);
  await using strict = await startApp({
    ...{ SESSION_STRATEGY: 'redis', REDIS_URL: redis.url, DATABASE_URL: postgres.url },
    REAUTHENTICATE_AFTER_SECONDS: '1',
  });
  const browser = new Browser(strict.url);
  await browser.post('/api/v1/login', who);
  const endOthers = () => browser.send('DELETE', '/api/v1/sessions');
  const endUnknown = () => browser.send('DELETE', '/api/v1/sessions/unknown');
  await until('the login is too old', async () => (await endUnknown()).status === 403);
  const refused = await endOthers();
  expect(refused.status).toBe(403);
  expect(refused.body).toEqual({
    status: 'fail',
    message: 'Your login is too old for this. Log in again.',
    reason: 'login_too_old',
  });
  expect(await statuses(other)).toEqual(loggedIn);
  expect(await listOf(browser)).toHaveLength(2);
  await browser.post('/api/v1/login', who);
  expect((await endOthers()).status).toBe(200);
  expect(await statuses(other)).toEqual(ended);
});

test.each(['memory', 'connect-redis'])(
  'with the strategy %s all of it is 501, and says why',
  async (strategy) => {
    await using app = await startApp({
      ...{ SESSION_STRATEGY: strategy, REDIS_URL: redis.url, DATABASE_URL: postgres.url },
    });
    const browser = new Browser(app.url);
    await until('it is ready', async () => (await browser.get('/readyz')).status === 200);
    expect((await browser.post('/api/v1/signup', newUser())).status).toBe(201);
    const answers = [
      await browser.get('/api/v1/sessions'),
      await browser.send('DELETE', '/api/v1/sessions'),
      await browser.send('DELETE', '/api/v1/sessions/x'),
      await browser.post('/api/v1/password', {}),
    ];
    for (const { status, body } of answers) {
      expect(status).toBe(501);
      expect(body).toMatchObject({ status: 'error', message: expect.stringContaining('cannot be found') });
    }
  },
);

// What a security team finds in the log (ASVS chapter V16), on whichever instance it happened.

import { afterAll, beforeAll, expect } from '@jest/globals';
import { until } from '../support/wait.ts';
import { sendRaw } from './raw-http.ts';
import { requirement } from './requirement.ts';
import { goodPassword, newName, type Site, startSite } from './site.ts';

/** Wrong passwords for one account from one address; one more is throttled. */
const allowed = 3;

let site: Site;
beforeAll(async () => {
  site = await startSite({ THROTTLE_LOGINS_PER_ACCOUNT_AND_ADDRESS: String(allowed) });
}, 60_000);
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

type Line = Readonly<Record<string, unknown>>;

/** The lines of a request. They come through a pipe, so a little after its answer. */
async function linesOf(requestId: string | null, wanted: (line: Line) => boolean): Promise<readonly Line[]> {
  return until(`a line of the request ${requestId}`, async () => {
    const lines = (await site.log()).filter((line) => line.requestId === requestId);
    return lines.some(wanted) && lines;
  });
}

const eventOf = async (requestId: string | null, event: string) =>
  (await linesOf(requestId, (line) => line.event === event)).find((line) => line.event === event);

requirement('V16.2.1', 'an event says who, what, when, where, and on whose behalf', async () => {
  const { credentials } = await site.user();
  for (const answer of await site.everywhere(() => site.visitor().post('/api/v1/login', credentials))) {
    const line = await eventOf(answer.headers.get('X-Request-Id'), 'login');
    expect(line).toMatchObject({
      time: expect.any(String),
      instance: answer.servedBy,
      client: '127.0.0.1',
      user: expect.stringMatching(/^[0-9a-f-]{36}$/),
      session: expect.any(String),
    });
  }
});

requirement('V16.2.2', 'times are in UTC', async () => {
  const lines = await site.log();
  expect(lines.length).toBeGreaterThan(0);
  for (const { time } of lines) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

requirement(
  'V16.2.4',
  'a request has one id in its answer and in the lines of its instance, which are JSON',
  async () => {
    for (const answer of await site.everywhere(() => site.visitor().get('/api/v1/me'))) {
      const lines = await linesOf(answer.headers.get('X-Request-Id'), (line) => line.status === 401);
      expect(lines.map(({ instance }) => instance)).toEqual([answer.servedBy]);
    }
    for (const name of site.instances) {
      for (const line of await site.fleet.logOf(name)) expect(() => JSON.parse(line)).not.toThrow();
    }
  },
);

requirement('V16.2.5', 'no password, cookie or session id is in any line', async () => {
  const { browser, credentials } = await site.user();
  const cookie = await browser.cookie();
  const wrong = 'wrong-but-nearly-right-Password';
  for (let n = 0; n < 3; n++) await browser.post('/api/v1/login', { ...credentials, password: wrong });
  await browser.post('/api/v1/login', { username: 'typed-into-the-wrong-field-Password', password: 'x' });
  const last = await browser.post('/api/v1/logout', undefined, { Authorization: 'Bearer abcdefgh' });
  await linesOf(last.headers.get('X-Request-Id'), (line) => line.status === 200);
  const lines = JSON.stringify(await site.log());
  const value = decodeURIComponent(cookie.replace(/^[^=]*=s%3A/, ''));
  const [id = ''] = value.split('.');
  for (const secret of [goodPassword, wrong, 'typed-into-the-wrong-field', cookie, value, id, 'abcdefgh']) {
    expect([secret, lines.includes(secret)]).toEqual([secret, false]);
  }
});

requirement('V16.3.1', 'sign-up, login, failed login, password change and logout are events', async () => {
  const { browser, credentials } = await site.user();
  const asked = async (path: string, body?: object) =>
    (await browser.post(path, body)).headers.get('X-Request-Id');
  const newPassword = 'another sock has found its line';
  const change = { currentPassword: credentials.password, newPassword };
  const signUp = { username: newName(), password: goodPassword };
  for (const [event, path, body] of [
    ['login', '/api/v1/login', credentials],
    ['login_failed', '/api/v1/login', { ...credentials, password: 'not the right one' }],
    ['password_changed', '/api/v1/password', change],
    ['logout', '/api/v1/logout', undefined],
    ['signup', '/api/v1/signup', signUp],
  ] as const) {
    expect(await eventOf(await asked(path, body), event)).toMatchObject({ event, client: '127.0.0.1' });
  }
});

requirement('V16.3.2', 'each refused request is a line that says who was refused', async () => {
  const refused = [
    () => site.visitor().get('/api/v1/me'),
    () => site.visitor().post('/api/v1/logout', undefined, { 'Sec-Fetch-Site': 'cross-site' }),
  ];
  for (const ask of refused) {
    for (const answer of await site.everywhere(ask)) {
      const lines = await linesOf(
        answer.headers.get('X-Request-Id'),
        (line) => line.status === answer.status,
      );
      expect(lines.at(-1)).toMatchObject({ client: '127.0.0.1', path: expect.stringContaining('/api/v1/') });
    }
  }
});

requirement('V16.3.3', 'throttled clients and forbidden origins are events', async () => {
  const { credentials } = await site.user();
  const wrong = { ...credentials, password: 'not the right one' };
  for (let n = 0; n < allowed; n++) await site.visitor().post('/api/v1/login', wrong);
  const throttled = await site.visitor().post('/api/v1/login', wrong);
  expect(throttled.status).toBe(429);
  expect(await eventOf(throttled.headers.get('X-Request-Id'), 'throttled')).toMatchObject({
    client: '127.0.0.1',
  });
  const forbidden = await site
    .visitor()
    .post('/api/v1/logout', undefined, { Origin: 'https://evil.example' });
  expect(forbidden.status).toBe(403);
  expect(await eventOf(forbidden.headers.get('X-Request-Id'), 'forbidden_origin')).toBeDefined();
});

requirement('V16.4.1', 'what a client sends never makes a line of its own', async () => {
  const line = '{"level":30,"event":"login","user":"forged"}';
  const forged = encodeURIComponent(`\r\n${line}\r\n`);
  const host = new URL(site.baseUrl).host;
  for (const path of [
    `/api/v1/${forged}`,
    `/api/v1/cart/items/${forged}`,
    '/api/v1/me\x1b[31m',
    '/\xe9\xff',
  ]) {
    const head = `DELETE ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n`;
    await sendRaw(site.baseUrl, `${head}User-Agent: ${line}\r\nX-Request-Id: a\x0b${line}\r\n\r\n`);
  }
  await site.visitor().post('/api/v1/login', { username: `x\n${line}`, password: `x\n${line}` });
  const last = await site.visitor().get('/api/v1/the-last-one');
  await linesOf(last.headers.get('X-Request-Id'), () => true);
  expect((await site.log()).filter(({ user }) => user === 'forged')).toEqual([]);
  for (const name of site.instances) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    for (const text of await site.fleet.logOf(name)) expect(text).toMatch(/^\{[^\x00-\x1f]*\}$/);
  }
});

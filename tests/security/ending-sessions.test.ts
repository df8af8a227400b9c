// Who can end sessions, and what else ends them (ASVS sections V7.4 and V7.5). What is done on one instance counts on all.

import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, jest } from '@jest/globals';
import { z } from 'zod';
import { until } from '../support/wait.ts';
import { requirement } from './requirement.ts';
import { addressOf, type Site, startSite, statusesOf } from './site.ts';

jest.setTimeout(60_000);

const reauthenticateAfterMs = 3000;

let site: Site;
beforeAll(async () => {
  site = await startSite({ REAUTHENTICATE_AFTER_SECONDS: String(reauthenticateAfterMs / 1000) });
}, 60_000);
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

const ended = [401, 401, 401];
const alive = [200, 200, 200];

/** One user who is logged in with three browsers. */
async function threeSessions() {
  const { browser, credentials } = await site.user();
  const others = [site.visitor(), site.visitor()];
  for (const other of others) expect((await other.post('/api/v1/login', credentials)).status).toBe(200);
  const cookies = await Promise.all(others.map((other) => other.cookie()));
  return { browser, credentials, others, cookies };
}

/** The operator's command, as in a container. */
async function operator(...args: string[]): Promise<string> {
  const program = fileURLToPath(new URL('../../services/app/src/operator.ts', import.meta.url));
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: addressOf(site.fleet.postgres),
    REDIS_URL: addressOf(site.fleet.redis),
  };
  return (await promisify(execFile)(process.execPath, [program, ...args], { env })).stdout;
}

const sessionList = z.object({
  data: z.object({ sessions: z.array(z.looseObject({ id: z.string(), current: z.boolean() })) }),
});

requirement('V7.4.2', 'a disabled account has no session on any instance and cannot log in', async () => {
  const { browser, credentials, cookies } = await threeSessions();
  const all = [await browser.cookie(), ...cookies];
  for (const cookie of all) expect(await statusesOf(site, cookie)).toEqual(alive);
  await operator('disable', credentials.username);
  for (const cookie of all) expect(await statusesOf(site, cookie)).toEqual(ended);
  const logins = await site.everywhere(() => site.visitor().post('/api/v1/login', credentials));
  expect(logins.map(({ status }) => status)).toEqual(ended);
});

requirement('V7.4.3', 'a changed password ends all other sessions, and gives this one a new id', async () => {
  const { browser, credentials, cookies } = await threeSessions();
  const before = await browser.cookie();
  const body = { currentPassword: credentials.password, newPassword: 'another sock has found its line' };
  expect((await browser.post('/api/v1/password', body)).status).toBe(200);
  for (const cookie of [before, ...cookies]) expect(await statusesOf(site, cookie)).toEqual(ended);
  expect(await statusesOf(site, await browser.cookie())).toEqual(alive);
});

requirement('V7.4.5', 'an operator ends the sessions of one user, and of all', async () => {
  const [one, other] = await Promise.all([site.user(), site.user()]);
  const [oneCookie, otherCookie] = await Promise.all([one.browser.cookie(), other.browser.cookie()]);
  await operator('end-sessions', one.credentials.username);
  expect(await statusesOf(site, oneCookie)).toEqual(ended);
  expect(await statusesOf(site, otherCookie)).toEqual(alive);
  await operator('end-sessions', '--all');
  // The instances ask Postgres (EPOCH_POLL_MS): within two seconds.
  await until('every instance refuses the sessions of all', async () =>
    (await statusesOf(site, otherCookie)).every((status) => status === 401),
  );
  expect((await other.browser.post('/api/v1/login', other.credentials)).status).toBe(200);
});

requirement('V7.5.1', 'only who knows the current password changes what a login depends on', async () => {
  const { browser, credentials } = await site.user();
  const newPassword = 'another sock has found its line';
  for (const currentPassword of ['not the one', '', undefined]) {
    const answer = await browser.post('/api/v1/password', { currentPassword, newPassword });
    expect([400, 401, 403]).toContain(answer.status);
  }
  for (const [method, path] of [
    ['PUT', '/api/v1/me'],
    ['PATCH', '/api/v1/me'],
    ['POST', '/api/v1/me'],
  ] as const) {
    expect((await browser.send(method, path, { username: 'somebody else' })).status).toBe(405);
  }
  expect((await site.visitor().post('/api/v1/login', credentials)).status).toBe(200);
});

requirement(
  'V7.5.2',
  'users see their sessions and end them, after a login that is not long ago',
  async () => {
    const { browser, credentials, cookies } = await threeSessions();
    const [first = '', second = ''] = cookies;
    const listed = await site.everywhere(() => browser.get('/api/v1/sessions'));
    for (const { body } of listed) {
      const { sessions } = sessionList.parse(body).data;
      expect(sessions).toHaveLength(3);
      expect(sessions.filter(({ current }) => current)).toHaveLength(1);
    }

    await sleep(reauthenticateAfterMs + 500);
    const tooLate = await site.everywhere(() => browser.send('DELETE', '/api/v1/sessions'));
    expect(tooLate.map(({ status }) => status)).toEqual([403, 403, 403]);
    expect(await statusesOf(site, first)).toEqual(alive);

    await browser.post('/api/v1/login', credentials);
    const { sessions } = sessionList.parse((await browser.get('/api/v1/sessions')).body).data;
    const notOurs = sessions.filter(({ current }) => !current);
    expect(notOurs).toHaveLength(2);
    expect((await browser.send('DELETE', `/api/v1/sessions/${notOurs[0]?.id}`)).status).toBe(200);
    const afterOne = [await statusesOf(site, first), await statusesOf(site, second)];
    expect(afterOne.map(([status]) => status).sort()).toEqual([200, 401]);
    expect((await browser.send('DELETE', '/api/v1/sessions')).status).toBe(200);
    for (const cookie of cookies) expect(await statusesOf(site, cookie)).toEqual(ended);
    expect(await statusesOf(site, await browser.cookie())).toEqual(alive);
  },
);

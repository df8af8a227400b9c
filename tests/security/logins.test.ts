// Logging in (ASVS section V6.3): the ways in, and how guessing is throttled by three instances together.

import { afterAll, beforeAll, expect, jest } from '@jest/globals';
import pg from 'pg';
import { requirement } from './requirement.ts';
import { addressOf, goodPassword, newName, type Site, startSite } from './site.ts';

jest.setTimeout(60_000);

/** Attempts on one account from one address. */
const allowed = 7;

let site: Site;
beforeAll(async () => {
  site = await startSite({ THROTTLE_LOGINS_PER_ACCOUNT_AND_ADDRESS: String(allowed) });
}, 60_000);
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

requirement(
  'V6.3.1',
  'three instances together let through exactly the documented number of guesses',
  async () => {
    const { credentials } = await site.user();
    const other = await site.user();
    const guesses = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        site.visitor().post('/api/v1/login', { ...credentials, password: `a guess, number ${n}` }),
      ),
    );
    const checked = guesses.filter(({ status }) => status === 401);
    const refused = guesses.filter(({ status }) => status === 429);
    expect([checked.length, refused.length]).toEqual([allowed, guesses.length - allowed]);
    for (const { headers } of refused) expect(Number(headers.get('Retry-After'))).toBeGreaterThan(0);
    // Whoever says to come from elsewhere does not get more, on any instance.
    const spoofed = await site.everywhere(() =>
      site
        .visitor()
        .post('/api/v1/login', { ...credentials, password: 'a guess' }, { 'X-Forwarded-For': '203.0.113.9' }),
    );
    expect(spoofed.map(({ status }) => status)).toEqual([429, 429, 429]);
    expect((await site.visitor().post('/api/v1/login', other.credentials)).status).toBe(200);
  },
);

requirement('V6.3.2', 'there are no accounts but those that somebody has made', async () => {
  for (const username of ['root', 'admin', 'administrator', 'test', 'guest', 'postgres', 'redis']) {
    for (const password of ['admin', 'password', username, '']) {
      const { status } = await site.visitor().post('/api/v1/login', { username, password });
      expect([username, password, [400, 401, 429].includes(status)]).toEqual([username, password, true]);
    }
  }
  const postgres = new pg.Client({ connectionString: addressOf(site.fleet.postgres) });
  await postgres.connect();
  try {
    const { rows } = await postgres.query('SELECT username FROM users');
    expect(rows.filter(({ username }) => !username.startsWith('visitor-'))).toEqual([]);
  } finally {
    await postgres.end();
  }
});

requirement('V6.3.4', 'nothing but the cookie is a session', async () => {
  const { browser, credentials } = await site.user();
  const [name = '', value = ''] = (await browser.cookie()).split('=');
  const basic = Buffer.from(`${credentials.username}:${goodPassword}`).toString('base64');
  const ways: readonly (readonly [string, Record<string, string>])[] = [
    [`?${name}=${value}`, {}],
    [`;${name}=${value}`, {}],
    ['', { Authorization: `Basic ${basic}` }],
    ['', { Authorization: `Bearer ${decodeURIComponent(value)}` }],
    ['', { 'X-Session-Id': value }],
    ['', { 'X-Forwarded-User': credentials.username, 'Remote-User': credentials.username }],
  ];
  for (const [suffix, headers] of ways) {
    const answers = await site.everywhere(() => site.visitor().get(`/api/v1/me${suffix}`, headers));
    for (const { status } of answers)
      expect([suffix, headers, [401, 404].includes(status)]).toEqual([suffix, headers, true]);
  }
  for (const path of ['/api/login', '/login', '/api/v1/auth', '/api/v1/token', '/api/v1/login/admin']) {
    const answers = await site.everywhere(() =>
      site.visitor().post(path, { username: newName(), password: 'x' }),
    );
    expect([path, answers.map(({ status }) => status)]).toEqual([path, [404, 404, 404]]);
  }
});

requirement(
  'NIST 3.1.1.2 length',
  'a password of 14 characters is refused unless a deployment allows it',
  async () => {
    const signUp = (password: string) =>
      site.visitor().post('/api/v1/signup', { username: newName(), password });
    expect([(await signUp('fox-and-owl-in')).status, (await signUp('fox-and-owl-in-')).status]).toEqual([
      400, 201,
    ]);
  },
);

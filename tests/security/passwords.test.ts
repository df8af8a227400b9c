// Passwords (ASVS section V6.2): which are taken, how they are compared, and how they are changed.

import { afterAll, beforeAll, expect } from '@jest/globals';
import pg from 'pg';
import { requirement } from './requirement.ts';
import { addressOf, goodPassword, newName, type Site, startSite, statusesOf } from './site.ts';

let site: Site;
beforeAll(async () => {
  // The least length that any deployment may set, so that it is not the length that refuses common passwords.
  site = await startSite({ PASSWORD_MIN_LENGTH: '8' });
}, 60_000);
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

/** What a sign-up with this password and a password change to it answer. */
async function bothAnswers(password: string, username = newName()): Promise<readonly [number, number]> {
  const signUp = await site.visitor().post('/api/v1/signup', { username, password });
  const { browser, credentials } = await site.user();
  const body = { currentPassword: credentials.password, newPassword: password };
  return [signUp.status, (await browser.post('/api/v1/password', body)).status];
}

requirement('V6.2.1', 'a password of seven characters is refused, at sign-up and change', async () => {
  expect(await bothAnswers('2f9_Kq!')).toEqual([400, 400]);
});

requirement(
  'V6.2.2',
  'users change their password, and only the new one is theirs on every instance',
  async () => {
    const { browser, credentials } = await site.user();
    const { username, password } = credentials;
    const newPassword = 'another sock has found its line';
    const changed = await browser.post('/api/v1/password', { currentPassword: password, newPassword });
    expect(changed.status).toBe(200);
    expect(await statusesOf(site, await browser.cookie())).toEqual([200, 200, 200]);
    for (const [tried, status] of [
      [password, 401],
      [newPassword, 200],
    ] as const) {
      const answers = await site.everywhere(() =>
        site.visitor().post('/api/v1/login', { username, password: tried }),
      );
      expect(answers.map((answer) => answer.status)).toEqual([status, status, status]);
    }
  },
);

requirement('V6.2.3', 'a change needs the current password', async () => {
  const { browser, credentials } = await site.user();
  const newPassword = 'another sock has found its line';
  const wrong = [
    { newPassword },
    { currentPassword: 'not mine, for sure', newPassword },
    { currentPassword: '', newPassword },
  ];
  const statuses = [];
  for (const body of wrong) statuses.push((await browser.post('/api/v1/password', body)).status);
  expect(statuses).toEqual([400, 403, 400]);
  const guest = await site.visitor().post('/api/v1/password', { currentPassword: goodPassword, newPassword });
  expect(guest.status).toBe(401);
  expect((await site.visitor().post('/api/v1/login', credentials)).status).toBe(200);
});

requirement('V6.2.4', 'common passwords are refused in words, at sign-up and change', async () => {
  // Of the most common ones those that are long enough.
  for (const common of ['password', '12345678', 'iloveyou', 'PASSWORD', 'trustno1', 'football', 'princess']) {
    expect([common, await bothAnswers(common)]).toEqual([common, [400, 400]]);
  }
  const { body } = await site
    .visitor()
    .post('/api/v1/signup', { username: newName(), password: 'password1' });
  expect(body).toMatchObject({
    fields: [{ field: 'password', message: expect.stringContaining('many people') }],
  });
});

requirement('V6.2.5', 'a password may have any kind of characters', async () => {
  for (const password of [
    'onlysmalllettersinarow',
    'ONLYCAPITALLETTERSINAROW',
    '84920174650283916471',
    '                    ',
    'ein schöner Tag für ähnliche Wörter',
    '비밀번호는길어야합니다정말로',
    '🦊🐢🦉🐌🦔🐝🦩🐙🦊🐢🦉🐌🦔🐝🦩🐙',
    String.raw`!"#$%&'()*+,-./:;<=>?@[\]^_{|}~`,
  ]) {
    expect([password, await bothAnswers(password)]).toEqual([password, [201, 200]]);
  }
});

requirement('V6.2.8', 'a password is compared exactly as it was sent', async () => {
  const username = newName();
  const password = `${'Grüße an den Fuchs im Garten. '.repeat(4)}End`;
  expect(Buffer.byteLength(password)).toBeGreaterThan(72);
  await site.visitor().post('/api/v1/signup', { username, password });
  const others = [
    password.toLowerCase(),
    `${password} `,
    ` ${password}`,
    password.slice(0, -1),
    `${password.slice(0, -1)}e`,
    password.normalize('NFD'),
    `${password}\0`,
  ];
  for (const tried of others) {
    const { status } = await site.visitor().post('/api/v1/login', { username, password: tried });
    expect([tried, status]).toEqual([tried, 401]);
  }
  expect((await site.visitor().post('/api/v1/login', { username, password })).status).toBe(200);
});

requirement('V6.2.9', 'a password may have 64 characters, and 256', async () => {
  for (const length of [64, 256]) {
    const password = 'long enough for anybody. '.repeat(11).slice(0, length);
    expect(await bothAnswers(password)).toEqual([201, 200]);
  }
});

requirement('V6.2.10', 'an account of ten years ago logs in with its password', async () => {
  const { credentials } = await site.user();
  await using postgres = Object.assign(new pg.Client({ connectionString: addressOf(site.fleet.postgres) }), {
    [Symbol.asyncDispose]: () => postgres.end(),
  });
  await postgres.connect();
  const aged = "UPDATE users SET created_at = now() - interval '10 years' WHERE username = $1";
  expect((await postgres.query(aged, [credentials.username])).rowCount).toBe(1);
  const answers = await site.everywhere(() => site.visitor().post('/api/v1/login', credentials));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
});

requirement(
  'V6.2.11',
  'a password with the username in it is refused in words, at sign-up and change',
  async () => {
    const username = newName();
    for (const password of [
      username,
      `my ${username} 2026`,
      username.toUpperCase(),
      [...username].reverse().join(''),
    ]) {
      const { status, body } = await site.visitor().post('/api/v1/signup', { username, password });
      expect([password, status]).toEqual([password, 400]);
      expect(body).toMatchObject({
        fields: [{ field: 'password', message: expect.stringMatching(/username/i) }],
      });
    }
    const { browser, credentials } = await site.user();
    const change = { currentPassword: credentials.password, newPassword: `x ${credentials.username} x` };
    expect((await browser.post('/api/v1/password', change)).status).toBe(400);
  },
);

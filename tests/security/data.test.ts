// What is kept where, and what of it can be seen (ASVS chapters V3.3 and V14).

import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect } from '@jest/globals';
import pg from 'pg';
import { createClient } from 'redis';
import { securityFile } from './document/document.ts';
import { requirement } from './requirement.ts';
import { addressOf, goodPassword, type Site, startSite } from './site.ts';

let site: Site;
beforeAll(async () => {
  site = await startSite();
}, 60_000);
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

/** Every key and value of Redis, as text. */
async function allOfRedis(): Promise<string> {
  const client = createClient({ url: addressOf(site.fleet.redis) });
  client.on('error', () => {});
  await client.connect();
  try {
    const texts: string[] = [];
    for await (const keys of client.scanIterator()) {
      for (const key of keys) {
        const type = await client.type(key);
        const value =
          type === 'hash' ? await client.hGetAll(key) : type === 'string' ? await client.get(key) : type;
        texts.push(`${key} ${JSON.stringify(value)}`);
      }
    }
    return texts.join('\n');
  } finally {
    client.destroy();
  }
}

/** Every row of every table, as text. */
async function allOfPostgres(): Promise<{ readonly text: string; readonly columns: readonly string[] }> {
  const client = new pg.Client({ connectionString: addressOf(site.fleet.postgres) });
  await client.connect();
  try {
    const columns = await client.query(
      "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'",
    );
    const tables = new Set(columns.rows.map(({ table_name }) => String(table_name)));
    const rows: unknown[] = [];
    for (const table of tables) rows.push((await client.query(`SELECT * FROM "${table}"`)).rows);
    return {
      text: JSON.stringify(rows),
      columns: columns.rows.map(({ column_name }) => String(column_name)),
    };
  } finally {
    await client.end();
  }
}

/** The session's id and the whole value of the cookie. */
function secretsOf(cookie: string): readonly [string, string] {
  const value = decodeURIComponent(cookie.replace(/^[^=]*=/, ''));
  return [value.replace(/^s:/, '').replace(/\.[^.]*$/, ''), value];
}

requirement('V3.3.2', 'the cookie is not sent along with what other sites ask for', async () => {
  const { credentials } = await site.user();
  const answers = await site.everywhere(() => site.visitor().post('/api/v1/login', credentials));
  for (const { headers } of answers) {
    expect(headers.getSetCookie()).toEqual([expect.stringMatching(/; SameSite=(Lax|Strict)(;|$)/)]);
  }
});

requirement(
  'V3.3.4',
  'scripts cannot read the session id: not from the cookie, and not from an answer',
  async () => {
    const { browser, credentials } = await site.user();
    for (const { headers } of await site.everywhere(() =>
      site.visitor().post('/api/v1/login', credentials),
    )) {
      expect(headers.getSetCookie()).toEqual([expect.stringMatching(/; HttpOnly(;|$)/)]);
    }
    const [id, value] = secretsOf(await browser.cookie());
    for (const path of ['/api/v1/me', '/api/v1/cart', '/api/v1/sessions', '/api/v1/nothing']) {
      for (const { headers, body } of await site.everywhere(() => browser.get(path))) {
        const others = [...headers].filter(([name]) => name !== 'set-cookie');
        const seen = JSON.stringify([others, body]);
        expect([path, seen.includes(id), seen.includes(value)]).toEqual([path, false, false]);
      }
    }
  },
);

requirement('V3.3.5', 'the cookie is small, whatever the session holds', async () => {
  const { browser } = await site.user();
  for (let n = 0; n < 20; n++) await browser.post('/api/v1/cart/items', { sku: `article-${n}`, quantity: 1 });
  expect((await browser.cookie()).length).toBeLessThan(4096);
});

requirement('V14.1.1', 'docs/security.md names every column and every key of a session', async () => {
  const { browser, credentials } = await site.user();
  await browser.post(
    '/api/v1/cart/items',
    { sku: 'apple', quantity: 1 },
    { 'Idempotency-Key': '"abcdefgh-1"' },
  );
  const document = await readFile(securityFile, 'utf8');
  const { columns } = await allOfPostgres();
  const session = (await allOfRedis()).split('\n').find((line) => line.includes(credentials.username)) ?? '';
  const stored = JSON.parse(JSON.parse(session.slice(session.indexOf(' ') + 1)));
  const keys = Object.keys(stored).map((key) => key.replace(/:.*$/, ':…'));
  expect(keys).toEqual(expect.arrayContaining(['user', 'cookie', 'cart:…']));
  expect([...columns, ...keys].filter((name) => !document.includes(`\`${name}\``))).toEqual([]);
});

requirement(
  'V14.1.2',
  'docs/security.md says for each class how it is protected and how long it is kept',
  async () => {
    const [, part = ''] = (await readFile(securityFile, 'utf8')).split('\n## Data\n');
    const rows = (part.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| '));
    expect(rows.length).toBeGreaterThan(6);
    for (const row of rows) {
      expect(row.split(' | ')).toHaveLength(5);
      expect(row).not.toMatch(/\|\s*\|/);
    }
  },
);

requirement('V14.2.2', 'users who ask for one address in turn get their own answers', async () => {
  const [one, other] = await Promise.all([site.user(), site.user()]);
  for (let n = 0; n < 9; n++) {
    for (const { browser, credentials } of [one, other]) {
      const { body } = await browser.get('/api/v1/me');
      expect(body).toMatchObject({ data: { user: { username: credentials.username } } });
    }
    expect((await site.visitor().get('/api/v1/me')).status).toBe(401);
  }
});

requirement(
  'V14.2.4',
  'Redis holds no session id, Postgres no password, and neither holds the other’s',
  async () => {
    const { browser, credentials } = await site.user();
    const [id, value] = secretsOf(await browser.cookie());
    const [redis, postgres] = await Promise.all([allOfRedis(), allOfPostgres()]);
    expect(redis).toContain(credentials.username);
    expect(postgres.text).toContain(credentials.username);
    for (const secret of [id, value, goodPassword]) {
      expect([secret, redis.includes(secret), postgres.text.includes(secret)]).toEqual([
        secret,
        false,
        false,
      ]);
    }
    expect(redis).not.toMatch(/\$2[aby]\$/);
    // Whatever is a key's name there is no session id either.
    for (const name of redis.match(/[\w.-]{20,}/g) ?? []) {
      const { status } = await site.visitor().get('/api/v1/me', { Cookie: `sid=s%3A${name}.x` });
      expect(status).toBe(401);
    }
  },
);

requirement('V14.2.6', 'of a user, answers hold the id and the name', async () => {
  const { browser, credentials } = await site.user();
  const answers = [
    await site.visitor().post('/api/v1/login', credentials),
    ...(await site.everywhere(() => browser.get('/api/v1/me'))),
  ];
  for (const { body } of answers) {
    const user = { id: expect.any(String), username: credentials.username };
    expect(body).toEqual({ status: 'success', data: { user } });
  }
});

requirement('V14.3.1', 'after a logout the browser has no cookie and no stored answer', async () => {
  const { browser } = await site.user();
  const { headers } = await browser.get('/api/v1/me');
  expect(headers.get('Cache-Control')).toBe('no-store');
  const logout = await browser.post('/api/v1/logout');
  expect(logout.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^[\w-]+=; .*Expires=Thu, 01 Jan 1970/),
  ]);
  expect(await browser.cookie()).toBe('');
});

requirement('V14.3.3', 'the cookie says nothing about its user', async () => {
  const { browser, credentials } = await site.user();
  const { body } = await browser.get('/api/v1/me');
  const [, value] = secretsOf(await browser.cookie());
  const decoded = [
    value,
    ...value.split(/[:.]/).map((part) => Buffer.from(part, 'base64url').toString('latin1')),
  ];
  for (const text of decoded) {
    expect(text).not.toContain(credentials.username);
    for (const [, id = ''] of JSON.stringify(body).matchAll(/"id":"([^"]+)"/g))
      expect(text).not.toContain(id);
  }
});

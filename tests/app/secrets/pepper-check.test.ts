// A pepper that was changed by mistake ends the start, before anybody is told that the right password is wrong.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Settings, spawnApp, startApp } from '../../support/app.ts';
import { Browser } from '../../support/browser.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { until } from '../../support/wait.ts';

const [first, second, third] = ['first', 'second', 'third'].map(
  (name) => `the ${name} pepper that these tests have`,
);
const who = { username: 'ada', password: 'correct horse' };
const STARTUP_WAIT_MS = '20000';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres?.[Symbol.asyncDispose]();
});

/** The address of a new, empty database that has the schema. */
async function freshDatabase(name: string): Promise<string> {
  await postgres.ask(`CREATE DATABASE ${name} TEMPLATE postgres`);
  return postgres.url.replace(/postgres$/, name);
}

const starting = (settings: Settings) => startApp({ STARTUP_WAIT_MS, ...settings });

test('another pepper than before is refused with one sentence and 78, and nothing listens', async () => {
  const DATABASE_URL = await freshDatabase('changed');
  await using before = await starting({ DATABASE_URL, PASSWORD_PEPPER: first });
  expect((await new Browser(before.url).post('/api/v1/signup', who)).status).toBe(201);
  await using after = await spawnApp({ DATABASE_URL, PASSWORD_PEPPER: second, STARTUP_WAIT_MS });
  expect(await after.ended).toBe(78);
  const said = after.output().trim().split('\n');
  expect(said.filter((line) => line.includes('PASSWORD_PEPPER'))).toEqual([
    expect.stringMatching(/^PASSWORD_PEPPER: expected the pepper that hashed .*; version 1 is another one/),
  ]);
  expect(after.output()).not.toContain('"listening"');
  for (const pepper of [first, second]) expect(after.output()).not.toContain(pepper);
  await using again = await starting({ DATABASE_URL, PASSWORD_PEPPER: first });
  expect((await new Browser(again.url).post('/api/v1/login', who)).status).toBe(200);
});

test('a rotation by versions is let through; a wrong one of an old version is not', async () => {
  const DATABASE_URL = await freshDatabase('rotated');
  for (const PASSWORD_PEPPER of [
    first,
    `1:${first},2:${third}`,
    `1:${first},2:${second}`,
    `2:${second},1:${first}`,
    `2:${second}`,
  ]) {
    await using app = await starting({ DATABASE_URL, PASSWORD_PEPPER });
    expect((await new Browser(app.url).get('/readyz')).status).toBe(200);
  }
  for (const [PASSWORD_PEPPER, version] of [
    [`2:${third}`, 2],
    [`2:${second},1:${third}`, 1],
    [third, 1],
  ] as const) {
    const start = starting({ DATABASE_URL, PASSWORD_PEPPER });
    await expect(start).rejects.toMatchObject({
      problems: [expect.stringContaining(`version ${version} is another one`)],
    });
  }
});

test('of instances that start at once with different peppers, those of one pepper start', async () => {
  const DATABASE_URL = await freshDatabase('at_once');
  const peppers = [first, second, first, second, first, second];
  const starts = await Promise.allSettled(
    peppers.map((PASSWORD_PEPPER) => starting({ DATABASE_URL, PASSWORD_PEPPER })),
  );
  await Promise.all(
    starts.map((start) => start.status === 'fulfilled' && start.value[Symbol.asyncDispose]()),
  );
  const started = peppers.filter((_, i) => starts[i]?.status === 'fulfilled');
  expect(started).toHaveLength(3);
  expect(new Set(started).size).toBe(1);
});

test('an instance that started without Postgres hashes nothing before it knows, and ends with 78', async () => {
  await using own = await startPostgres();
  const settings = { DATABASE_URL: own.url, HASH_THREADS: '0' };
  await using before = await starting({ ...settings, PASSWORD_PEPPER: first });
  await before[Symbol.asyncDispose]();
  await own.stop();
  await using late = await spawnApp({ ...settings, PASSWORD_PEPPER: second, PORT: '0' });
  const port = await until(
    'it listens',
    () => /"port":(\d+)[^\n]*"listening"/.exec(late.output())?.[1],
    25_000,
  );
  const browser = new Browser(`http://127.0.0.1:${port}`);
  expect((await browser.post('/api/v1/login', who)).status).toBe(503);
  await own.start();
  // Whoever asks first: a probe, as every orchestrator has them.
  await browser.get('/readyz').catch(() => {});
  expect(await late.ended).toBe(78);
  expect(late.output()).toMatch(/^PASSWORD_PEPPER: expected the pepper/m);
});

test('what the database keeps is no pepper, and differs from version to version', async () => {
  const DATABASE_URL = await freshDatabase('kept');
  await using _app = await starting({ DATABASE_URL, PASSWORD_PEPPER: `2:${first},1:${first}` });
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: DATABASE_URL });
  await client.connect();
  const { rows } = await client.query('SELECT tag FROM pepper_checks').finally(() => client.end());
  const tags = rows.map(({ tag }) => String(tag));
  expect(new Set(tags).size).toBe(2);
  for (const tag of tags) expect(tag).toMatch(/^[\w-]{43}$/);
});

// What the role of the instances may do in Postgres: roles as infra/postgres/10-roles.sh makes them.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { startApp, type TestApp } from '../../support/app.ts';
import { Browser } from '../../support/browser.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { startRedis } from '../../support/redis.ts';

const run = promisify(execFile);
const migrations = fileURLToPath(new URL('../../../services/app/src/migrate.ts', import.meta.url));
const opened = new AsyncDisposableStack();
let postgres: TestPostgres;
let app: TestApp;
let urlOf: (role: string) => string;

beforeAll(async () => {
  const redis = opened.use(await startRedis(['--maxmemory', '100mb']));
  // The superuser has another name here: `app` is the role of the instances, as in the deployment.
  postgres = opened.use(await startPostgres({ superuser: 'admin', migrate: false }));
  await postgres.ask('CREATE DATABASE app');
  const address = new URL(postgres.url);
  urlOf = (role) => `postgres://${role}@${address.host}/app`;
  await ask('admin', await rolesOfTheDeployment());
  // What a deployment that is older than these rights has given away.
  await ask(
    'admin',
    'ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO app',
  );
  await run(process.execPath, [migrations], { env: { ...process.env, DATABASE_URL: urlOf('owner') } });
  // As the first instance it leaves the tags of its secrets there.
  app = opened.use(
    await startApp({
      ...{ SESSION_STRATEGY: 'redis', REDIS_URL: redis.url, DATABASE_URL: urlOf('app') },
      ...{ EPOCH_POLL_MS: '50', STARTUP_WAIT_MS: '20000' },
    }),
  );
});
afterAll(() => opened.disposeAsync());

/** The SQL of the script, with what psql puts in. */
async function rolesOfTheDeployment(): Promise<string> {
  const script = await readFile(new URL('../../../infra/postgres/10-roles.sh', import.meta.url), 'utf8');
  const sql = /<<'SQL'\n([\s\S]*)SQL\n/.exec(script)?.[1];
  if (sql === undefined) throw new Error('no SQL in 10-roles.sh');
  return sql
    .replaceAll(/:'(owner|app)_password'/g, "'secret'")
    .replaceAll(':"app_login"', 'app')
    .replaceAll(/^.*\\gexec\n/gm, '');
}

async function ask(role: string, sql: string) {
  const client = new pg.Client({ connectionString: urlOf(role) });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

test('the app works with them: sign-up, login, the epochs that it follows', async () => {
  const who = { username: 'ada', password: 'correct horse' };
  const browser = new Browser(app.url);
  expect((await browser.get('/readyz')).status).toBe(200);
  expect((await browser.post('/api/v1/signup', who)).status).toBe(201);
  expect((await new Browser(app.url).post('/api/v1/login', who)).status).toBe(200);
  expect(app.log().filter(({ level }) => Number(level) >= 40)).toEqual([]);
  const tags = 'SELECT tag FROM pepper_checks UNION ALL SELECT tag FROM session_secret_check';
  expect((await ask('app', tags)).rows).toHaveLength(2);
});

test.each([
  'SELECT * FROM migrations',
  'DELETE FROM migrations',
  "INSERT INTO migrations (name, run_on) VALUES ('x', now())",
  'DELETE FROM users',
  'TRUNCATE users',
  "UPDATE users SET username = 'mallory'",
  'UPDATE users SET id = gen_random_uuid()',
  'SELECT created_at FROM users',
  'DELETE FROM global_session_epoch',
  'INSERT INTO global_session_epoch DEFAULT VALUES',
  "UPDATE pepper_checks SET tag = 'x'",
  'DELETE FROM pepper_checks',
  'DELETE FROM session_secret_check',
  'CREATE TABLE x (y int)',
  'CREATE TEMPORARY TABLE x (y int)',
  'ALTER TABLE users ADD COLUMN x int',
])('it may not: %s', async (sql) => {
  await expect(ask('app', sql)).rejects.toMatchObject({ code: '42501' });
});

test('the role that takes turns with it has the same rights', async () => {
  await ask('admin', 'CREATE ROLE app_2 IN ROLE app LOGIN');
  await ask('app_2', 'SELECT id, session_epoch FROM users');
  await expect(ask('app_2', 'DELETE FROM migrations')).rejects.toMatchObject({ code: '42501' });
});

test('of a table to come it may nothing, until a migration grants it', async () => {
  await ask('owner', 'CREATE TABLE notes (text text)');
  await expect(ask('app', 'SELECT FROM notes')).rejects.toMatchObject({ code: '42501' });
});

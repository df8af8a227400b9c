// Which sessions an instance takes for ended, by what it has read from Postgres.

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { accountChangesIn } from '../../../services/app/src/accounts/account-changes.ts';
import { SessionEpochs } from '../../../services/app/src/accounts/session-epochs.ts';
import { userEpoch } from '../../../services/app/src/accounts/user-rows.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';

const opened = new AsyncDisposableStack();
let postgres: TestPostgres;
let pool: pg.Pool;
beforeAll(async () => {
  postgres = opened.use(await startPostgres());
  pool = opened.adopt(new pg.Pool({ connectionString: postgres.url }), (open) => open.end());
  pool.on('error', () => {}); // A test stops Postgres.
});
afterAll(() => opened.disposeAsync());
beforeEach(() => postgres.ask('UPDATE global_session_epoch SET epoch = 0'));

const changes = () => accountChangesIn(pool);
const hourMs = 3_600_000;
let nowMs = 1000;
const follow = () => new SessionEpochs(pool, { rememberMs: hourMs, delayMs: 1000, monotonicMs: () => nowMs });

let number = 0;
async function newUser(): Promise<string> {
  const name = `user-${++number}`;
  const [row] = await postgres.ask(
    `INSERT INTO users (username, username_key, password_hash) VALUES ('${name}', '${name}', 'x') RETURNING id`,
  );
  return String(row?.id);
}

test('an epoch that is read counts after the delay, for this user and no other', async () => {
  const [ada, bob] = [await newUser(), await newUser()];
  const epochs = follow();
  await epochs.read();
  expect(await changes().endSessions(ada)).toBe(1);
  await epochs.read();
  expect(epochs.isEnded(ada, 0)).toBe(false);
  nowMs += 1000;
  expect(epochs.isEnded(ada, 0)).toBe(true);
  expect(epochs.isEnded(ada, 1)).toBe(false);
  expect(epochs.isEnded(bob, 0)).toBe(false);
});

test('what was raised before the first read counts at once, unless it is older than any session', async () => {
  const [ada, bob] = [await newUser(), await newUser()];
  await changes().endSessions(ada);
  await changes().endSessions(bob);
  await postgres.ask(`UPDATE users SET session_epoch_at = now() - interval '61 minutes' WHERE id = '${bob}'`);
  const epochs = follow();
  await epochs.read();
  expect(epochs.isEnded(ada, 0)).toBe(true);
  expect(epochs.isEnded(bob, 0)).toBe(false);
});

test('raising it again and again does not put off when the earlier ones count', async () => {
  const ada = await newUser();
  const epochs = follow();
  await epochs.read();
  for (let i = 0; i < 6; i += 1) {
    await changes().endSessions(ada);
    await epochs.read();
    nowMs += 400;
  }
  expect(epochs.isEnded(ada, 2)).toBe(true);
  expect(epochs.isEnded(ada, 5)).toBe(false);
  nowMs += 1000;
  expect(epochs.isEnded(ada, 5)).toBe(true);
});

test('the epoch of all users ends the sessions of all, and no login after it', async () => {
  const [ada, bob] = [await newUser(), await newUser()];
  const epochs = follow();
  await epochs.read();
  await changes().endSessions(bob);
  await changes().endAllSessions();
  await epochs.read();
  nowMs += 1000;
  expect(epochs.isEnded(ada, 0)).toBe(true);
  expect(epochs.isEnded(bob, 1)).toBe(true);
  expect(epochs.isEnded(ada, userEpoch(1, 0))).toBe(false);
  expect(epochs.isEnded(bob, userEpoch(1, 0))).toBe(true);
  expect(await changes().endSessions(ada)).toBe(userEpoch(1, 1));
});

test('while Postgres does not answer, what is known stays known', async () => {
  const ada = await newUser();
  await changes().endSessions(ada);
  await using own = new AsyncDisposableStack();
  const lost = own.adopt(new pg.Pool({ connectionString: postgres.url }), (open) => open.end());
  lost.on('error', () => {});
  const epochs = new SessionEpochs(lost, { rememberMs: hourMs, delayMs: 0 });
  await epochs.read();
  await postgres.stop();
  await expect(epochs.read()).rejects.toThrow();
  expect(epochs.isEnded(ada, 0)).toBe(true);
  await postgres.start();
  await epochs.read();
  expect(epochs.isEnded(ada, 0)).toBe(true);
});

test('it is forgotten when the sessions are over that it ended', async () => {
  const ada = await newUser();
  const epochs = follow();
  await epochs.read();
  await changes().endSessions(ada);
  await epochs.read();
  nowMs += 1000;
  expect(epochs.isEnded(ada, 0)).toBe(true);
  await postgres.ask(`UPDATE users SET session_epoch_at = now() - interval '2 hours'`);
  nowMs += hourMs + 1000;
  await epochs.read();
  expect(epochs.isEnded(ada, 0)).toBe(false);
});

test('a read uses the index and finds one row where nothing has changed, however many users there are', async () => {
  await postgres.ask(`INSERT INTO users (username, username_key, password_hash)
    SELECT 'many-' || n, 'many-' || n, '$2b$12$x' FROM generate_series(1, 20000) n`);
  await postgres.ask('ANALYZE users');
  const plan = await postgres.ask(`EXPLAIN (ANALYZE, FORMAT TEXT)
    SELECT u.id FROM global_session_epoch LEFT JOIN users u ON session_epoch_at > now() - make_interval(secs => 31)`);
  const text = plan.map((row) => String(row['QUERY PLAN'])).join('\n');
  expect(text).toMatch(/Index (Only )?Scan using users_session_epoch_at/);
  const cost = await postgres.ask('EXPLAIN SELECT max(substr(password_hash, 5, 2)) FROM users');
  expect(cost.map((row) => String(row['QUERY PLAN'])).join('\n')).toContain('users_bcrypt_cost');
  expect(await changes().highestCost()).toBe(12);
});

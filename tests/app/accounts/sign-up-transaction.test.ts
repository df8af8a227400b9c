// A sign-up adds the account and stores its session, or neither. Meanwhile its name is neither taken nor free.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.ts';
import { Browser, sessionKeyOf } from '../../support/browser.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { type Relay, startRelay } from '../../support/redis-relay.ts';
import { until } from '../../support/wait.ts';

const opened = new AsyncDisposableStack();
let redis: RedisServer;
let postgres: TestPostgres;
let slowPath: Relay;
let settings: Record<string, string>;
/** Reaches Redis through the relay, which can keep the command that stores a session. */
let slow: TestApp;
let quick: TestApp;

beforeAll(async () => {
  redis = opened.use(await startRedis());
  postgres = opened.use(await startPostgres());
  slowPath = opened.use(await startRelay(redis.port));
  settings = { SESSION_STRATEGY: 'redis', REDIS_URL: redis.url, DATABASE_URL: postgres.url };
  slow = opened.use(await startApp({ ...settings, REDIS_URL: slowPath.url, STORE_DEADLINE_MS: '800' }));
  quick = opened.use(await startApp(settings));
  for (const { url } of [slow, quick]) {
    await until('it is ready', async () => (await new Browser(url).get('/readyz')).status === 200);
  }
});
afterAll(() => opened.disposeAsync());

/** Of what is sent to Redis only a session has this. */
const storedSession = '"createdAt":';

let number = 0;
const credentials = () => ({ username: `user-${++number}`, password: 'correct horse' });
const usersNamed = ({ username }: { username: string }) =>
  postgres.ask(`SELECT id FROM users WHERE username = '${username}'`);

/** Two sign-ups for one name: the first has inserted it and is storing its session, the second waits for it. */
async function twoSignUps(who: { username: string; password: string }) {
  const held = slowPath.hold(storedSession);
  const first = new Browser(slow.url).post('/api/v1/signup', who);
  await held.reached;
  const second = new Browser(quick.url).post('/api/v1/signup', who);
  await until('the second one waits', async () => {
    const waiting = await postgres.ask(`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'`);
    return waiting.length > 0;
  });
  return { first, second, letGo: held.letGo };
}

test('of two sign-ups for one name the second is told 409 when the first is stored', async () => {
  const who = credentials();
  const { first, second, letGo } = await twoSignUps(who);
  letGo();
  expect((await first).status).toBe(201);
  expect((await second).status).toBe(409);
  expect(await usersNamed(who)).toHaveLength(1);
});

test('of two sign-ups for one name the second succeeds when the first cannot be stored', async () => {
  const who = credentials();
  const { first, second, letGo } = await twoSignUps(who);
  expect((await first).status).toBe(503);
  expect((await second).status).toBe(201);
  expect(await usersNamed(who)).toHaveLength(1);
  letGo();
});

test('a sign-up whose transaction cannot be committed is an error, and its session is deleted', async () => {
  // A constraint that is checked at COMMIT.
  await postgres.ask(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'not now' USING ERRCODE = '57P01'; END $$`);
  await postgres.ask(`CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON users
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()`);
  const who = credentials();
  const browser = new Browser(quick.url);
  const before = await redis.ask((client) => client.keys('sess:*'));
  try {
    const refused = await browser.post('/api/v1/signup', who);
    expect(refused.status).toBe(503);
    expect(refused.headers.getSetCookie()).toEqual([]);
  } finally {
    await postgres.ask('DROP TRIGGER refuse ON users');
  }
  await until('its session is deleted', async () => {
    const keys = await redis.ask((client) => client.keys('sess:*'));
    return keys.every((key) => before.includes(key));
  });
  expect(await usersNamed(who)).toEqual([]);
  expect((await browser.post('/api/v1/signup', who)).status).toBe(201);
});

test('a connection to Postgres that breaks during a sign-up is an error, and the instance goes on', async () => {
  const who = credentials();
  const held = slowPath.hold(storedSession);
  const browser = new Browser(slow.url);
  const answer = browser.post('/api/v1/signup', who);
  await held.reached;
  await postgres.ask(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'`,
  );
  held.letGo();
  expect((await answer).status).toBe(503);
  expect(await usersNamed(who)).toEqual([]);
  expect((await browser.post('/api/v1/signup', who)).status).toBe(201);
});

test('a Redis that does not answer, with a store that has no deadline, ends a sign-up with 503 all the same', async () => {
  await using stock = await startApp({
    ...settings,
    SESSION_STRATEGY: 'connect-redis',
    REDIS_URL: slowPath.url,
  });
  const browser = new Browser(stock.url);
  await until('it is ready', async () => (await browser.get('/readyz')).status === 200);
  const who = credentials();
  const held = slowPath.hold('SET');
  const answer = await browser.post('/api/v1/signup', who);
  expect(answer.status).toBe(503);
  expect(await usersNamed(who)).toEqual([]);
  held.letGo();
  expect((await browser.post('/api/v1/signup', who)).status).toBe(201);
  const keys = await redis.ask((client) => client.keys('sess:*'));
  expect(keys).toContain(sessionKeyOf(await browser.cookie()));
});

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startApp } from '../../support/app.ts';
import { Browser } from '../../support/browser.ts';
import type { TestPostgres } from '../../support/postgres.ts';
import { startPostgres } from '../../support/postgres.ts';
import type { RedisServer } from '../../support/redis.ts';
import { startRedis } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

const opened = new AsyncDisposableStack();
let redis: RedisServer;
let postgres: TestPostgres;
beforeAll(async () => {
  redis = opened.use(await startRedis());
  postgres = opened.use(await startPostgres());
});
afterAll(() => opened.disposeAsync());

const settings = () => ({ SESSION_STRATEGY: 'redis', REDIS_URL: redis.url, DATABASE_URL: postgres.url });
const answerOf = async (url: string) => {
  const { status, body } = await new Browser(url).get('/readyz');
  return { status, body };
};

test('an instance is ready when Redis and Postgres answer', async () => {
  await using app = await startApp(settings());
  await until('it is ready', async () => (await answerOf(app.url)).status === 200);
  expect((await answerOf(app.url)).body).toEqual({
    status: 'success',
    checks: { redis: 'ok', postgres: 'ok' },
  });
});

test('readiness names the dependency that does not answer, within its deadline, and liveness stays 200', async () => {
  await using app = await startApp(settings());
  await until('it is ready', async () => (await answerOf(app.url)).status === 200);
  redis.pause();
  try {
    const start = performance.now();
    expect(await answerOf(app.url)).toEqual({
      status: 503,
      body: { status: 'error', checks: { redis: 'no answer in time', postgres: 'ok' } },
    });
    expect(performance.now() - start).toBeLessThan(1500);
    expect((await new Browser(app.url).get('/livez')).status).toBe(200);
  } finally {
    redis.resume();
  }
  await until('it is ready again', async () => (await answerOf(app.url)).status === 200);
  await postgres.stop();
  try {
    expect(await answerOf(app.url)).toEqual({
      status: 503,
      body: { status: 'error', checks: { redis: 'ok', postgres: 'failed' } },
    });
  } finally {
    await postgres.start();
  }
});

test('with sessions in memory Redis is not asked', async () => {
  await using app = await startApp({ DATABASE_URL: postgres.url });
  expect((await answerOf(app.url)).body).toEqual({ status: 'success', checks: { postgres: 'ok' } });
});

test('an instance is not ready before the database is migrated', async () => {
  await postgres.ask('CREATE DATABASE empty');
  await using app = await startApp({ DATABASE_URL: postgres.url.replace(/postgres$/, 'empty') });
  expect(await answerOf(app.url)).toEqual({
    status: 503,
    body: { status: 'error', checks: { postgres: 'failed' } },
  });
});

test('probes that succeed are not logged, those that fail are, with the reason, when that begins', async () => {
  await using app = await startApp({ DATABASE_URL: postgres.url });
  await answerOf(app.url);
  await new Browser(app.url).get('/livez');
  expect(app.log()).toEqual([]);
  await using broken = await startApp();
  for (let n = 0; n < 3; n++) await answerOf(broken.url);
  // Once, although it was asked three times.
  expect(broken.log().filter(({ msg }) => msg === 'not ready')).toEqual([
    expect.objectContaining({
      dependency: 'postgres',
      err: expect.objectContaining({ code: 'ECONNREFUSED' }),
    }),
  ]);
});

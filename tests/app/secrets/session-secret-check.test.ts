// A session secret that was changed at once is told in the log; one that was rotated is not.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startApp } from '../../support/app.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';

const opened = new AsyncDisposableStack();
let redis: RedisServer;
let postgres: TestPostgres;
beforeAll(async () => {
  redis = opened.use(await startRedis());
  postgres = opened.use(await startPostgres());
});
afterAll(() => opened.disposeAsync());

const [old, fresh, other] = ['old', 'fresh', 'other'].map(
  (name) => `the ${name} session secret of these tests`,
);

/** Whether an instance with this list of secrets warns at its start. */
async function warns(SESSION_SECRET = ''): Promise<boolean> {
  await using app = await startApp({
    ...{ SESSION_STRATEGY: 'redis', REDIS_URL: redis.url, DATABASE_URL: postgres.url, SESSION_SECRET },
    STARTUP_WAIT_MS: '20000',
  });
  const warnings = app.log().filter(({ msg }) => String(msg).startsWith('SESSION_SECRET is another one'));
  expect(JSON.stringify(warnings)).not.toContain(old);
  return warnings.length > 0;
}

test('a rotation is not told, a secret that was changed at once is, and once', async () => {
  for (const list of [old, `${old},${fresh}`, `${fresh},${old}`, fresh, fresh]) {
    expect([list, await warns(list)]).toEqual([list, false]);
  }
  expect(await warns(other)).toBe(true);
  expect(await warns(other)).toBe(false);
});

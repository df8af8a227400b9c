// A user or a password that Redis or Postgres refuse: told in one line at the start, which ends. After the start it is an
// outage like any other.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient } from 'redis';
import { type Settings, spawnApp, startApp } from '../support/app.ts';
import { Browser } from '../support/browser.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { until } from '../support/wait.ts';

const opened = new AsyncDisposableStack();
let redis: RedisServer;
let postgres: TestPostgres;
beforeAll(async () => {
  redis = opened.use(await startRedis(['--user', 'app', 'on', '>right', '~*', '&*', '+@all']));
  postgres = opened.use(await startPostgres());
});
afterAll(() => opened.disposeAsync());

const withPassword = (password: string, user = 'app') =>
  `redis://${user}:${password}@127.0.0.1:${redis.port}`;

/** How an instance ends that is started with this, and what it says that is no warning of the tests' own settings. */
async function startOf(settings: Settings) {
  const start = performance.now();
  await using app = await spawnApp({
    ...{ SESSION_STRATEGY: 'redis', REDIS_URL: withPassword('right'), DATABASE_URL: postgres.url },
    ...{
      STARTUP_WAIT_MS: '60000',
      LOG_LEVEL: 'warn',
      ALLOW_INSECURE: '',
      COOKIE_SECURE: 'true',
      BCRYPT_ROUNDS: '12',
      HASH_THREADS: '1',
    },
    ...settings,
  });
  const code = await app.ended;
  return { code, said: app.output().trim().split('\n'), tookMs: performance.now() - start };
}

describe('at the start', () => {
  test.each([
    ['a wrong password', () => withPassword('wrong')],
    ['an unknown user', () => withPassword('right', 'nobody')],
  ])('%s for Redis is one line, and 78', async (_what, url) => {
    for (const SESSION_STRATEGY of ['redis', 'connect-redis']) {
      const { code, said, tookMs } = await startOf({ SESSION_STRATEGY, REDIS_URL: url() });
      expect({ code, said }).toEqual({
        code: 78,
        said: [expect.stringMatching(/^REDIS_URL: Redis refuses its user or password: WRONGPASS /)],
      });
      expect(tookMs).toBeLessThan(30_000);
    }
  });

  test.each([
    ['an unknown role', () => postgres.url.replace('app@', 'nobody@'), /role "nobody" does not exist/],
    [
      'an unknown database',
      () => postgres.url.replace(/postgres$/, 'none'),
      /database "none" does not exist/,
    ],
  ])('%s for Postgres is one line, and 78', async (_what, url, reason) => {
    const { code, said } = await startOf({ DATABASE_URL: url() });
    expect({ code, said }).toEqual({
      code: 78,
      said: [expect.stringMatching(/^DATABASE_URL: Postgres refuses it: /)],
    });
    expect(said[0]).toMatch(reason);
  });
});

test('after the start a password that is refused is an outage, which ends when it is accepted again', async () => {
  await using app = await startApp({
    ...{ SESSION_STRATEGY: 'redis', REDIS_URL: withPassword('right'), DATABASE_URL: postgres.url },
    STARTUP_WAIT_MS: '20000',
  });
  const browser = new Browser(app.url);
  const admin = await createClient({ url: redis.url }).connect();
  try {
    await admin.sendCommand(['ACL', 'SETUSER', 'app', 'resetpass', '>other']);
    await admin.sendCommand(['CLIENT', 'KILL', 'USER', 'app']);
    await until('it is not ready', async () => (await browser.get('/readyz')).status === 503);
    expect(app.log()).toContainEqual(expect.objectContaining({ msg: 'cannot reach Redis' }));
    await admin.sendCommand(['ACL', 'SETUSER', 'app', 'resetpass', '>right']);
    await until('it is ready again', async () => (await browser.get('/readyz')).status === 200);
  } finally {
    admin.destroy();
  }
});

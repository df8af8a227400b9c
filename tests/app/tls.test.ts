// TLS to Redis and Postgres by the app's own settings.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startApp } from '../support/app.ts';
import { Browser } from '../support/browser.ts';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';

const opened = new AsyncDisposableStack();
let certificates: Certificates;
let others: Certificates;
let redis: RedisServer;
let postgres: TestPostgres;
beforeAll(async () => {
  certificates = opened.use(await makeCertificates('IP:127.0.0.1'));
  others = opened.use(await makeCertificates('IP:127.0.0.1'));
  redis = opened.use(await startRedis([], 'server', certificates));
  postgres = opened.use(await startPostgres({ certificates }));
}, 60_000);
afterAll(() => opened.disposeAsync());

/** @param host of Postgres; its certificate is for 127.0.0.1 */
function databaseUrl(authority: string, host = '127.0.0.1'): string {
  const url = new URL(postgres.url);
  url.host = `${host}:${url.port}`;
  url.search = new URLSearchParams({ sslmode: 'verify-full', sslrootcert: authority }).toString();
  return url.href;
}

const signUp = (url: string) =>
  new Browser(url).post('/api/v1/signup', { username: 'tess', password: 'correct horse' });

test.each(['redis', 'connect-redis'])(
  'sign-up and login are encrypted on both ways: %s',
  async (strategy) => {
    await using app = await startApp({
      ...{ SESSION_STRATEGY: strategy, REDIS_URL: redis.url, REDIS_CA_FILE: certificates.authority },
      ...{ DATABASE_URL: databaseUrl(certificates.authority), STARTUP_WAIT_MS: '5000' },
    });
    const browser = new Browser(app.url);
    const body = { username: `tess-${strategy}`, password: 'correct horse' };
    expect((await browser.post('/api/v1/signup', body)).status).toBe(201);
    expect((await browser.get('/api/v1/me')).status).toBe(200);
    const encrypted = await postgres.ask(
      "SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = '' AND pid <> pg_backend_pid() AND backend_type = 'client backend'",
    );
    expect(encrypted).toEqual([{ ssl: true }]);
  },
);

/** What Node says, by whether the server sends the authority along. */
const untrusted = /unable to verify|self-signed certificate|signature/;

describe('A certificate that cannot be trusted', () => {
  test.each([
    ['of Postgres, by its authority', () => databaseUrl(others.authority), untrusted],
    [
      'of Postgres, by its host',
      () => databaseUrl(certificates.authority, 'localhost'),
      /Hostname\/IP does not match/,
    ],
  ])('%s: no instance is ready, nobody can sign up, and the log says why', async (_, url, reason) => {
    await using app = await startApp({ DATABASE_URL: url() });
    expect((await new Browser(app.url).get('/readyz')).status).toBe(503);
    expect((await signUp(app.url)).status).toBe(503);
    expect(JSON.stringify(app.log())).toMatch(reason);
  });

  test('of Redis: no instance is ready, and the log says why', async () => {
    await using app = await startApp({
      ...{ SESSION_STRATEGY: 'redis', REDIS_URL: redis.url, REDIS_CA_FILE: others.authority },
      ...{ DATABASE_URL: databaseUrl(certificates.authority), STARTUP_WAIT_MS: '1000' },
    });
    expect((await new Browser(app.url).get('/readyz')).status).toBe(503);
    expect(app.log()).toContainEqual(
      expect.objectContaining({
        msg: 'cannot reach Redis',
        err: expect.objectContaining({ message: expect.stringMatching(untrusted) }),
      }),
    );
  });
});

// An instance against Redis and Postgres as their images are, one container each.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers';
import { officialImage } from '../../services/lab/src/fleet/compose/images.ts';
import { HttpClient } from '../../services/lab/src/users/http-client.ts';
import { User } from '../../services/lab/src/users/user.ts';
import { startApp } from '../support/app.ts';
import { leaveOutReaperWhereItCannotBe } from './images.ts';

let redis: StartedTestContainer;
let postgres: StartedTestContainer;

beforeAll(async () => {
  await leaveOutReaperWhereItCannotBe();
  [redis, postgres] = await Promise.all([
    new GenericContainer(await officialImage('REDIS'))
      .withExposedPorts(6379)
      .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/))
      .start(),
    new GenericContainer(await officialImage('POSTGRES'))
      .withExposedPorts(5432)
      .withEnvironment({ POSTGRES_PASSWORD: 'test', POSTGRES_INITDB_ARGS: '--no-sync' })
      // Once while it sets the database up, and once for everybody.
      .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2))
      .start(),
  ]);
}, 180_000);
afterAll(async () => {
  await Promise.all([redis?.stop(), postgres?.stop()]);
});

test('a full Redis refuses the newcomer with 503 and keeps those who are logged in', async () => {
  const databaseUrl = `postgres://postgres:test@127.0.0.1:${postgres.getMappedPort(5432)}/postgres`;
  const migrate = fileURLToPath(new URL('../../services/app/src/migrate.ts', import.meta.url));
  await promisify(execFile)(process.execPath, [migrate], {
    env: { ...process.env, DATABASE_URL: databaseUrl },
  });
  await using app = await startApp({
    SESSION_STRATEGY: 'redis',
    REDIS_URL: `redis://127.0.0.1:${redis.getMappedPort(6379)}`,
    DATABASE_URL: databaseUrl,
    STARTUP_WAIT_MS: '10000',
  });
  await using client = new HttpClient(app.url);
  const old = new User(client);
  await old.signUp();

  await redis.exec(['redis-cli', 'CONFIG', 'SET', 'maxmemory', '1']);
  const newcomer = new User(client);
  await expect(newcomer.signUp()).rejects.toThrow('503');
  expect(await newcomer.cookieNames()).toEqual([]);
  expect(old.isKnownIn(await old.me())).toBe(true);
});

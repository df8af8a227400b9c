// The rights of infra/redis/users.acl: enough for all that the app does, and no more.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createClient } from 'redis';
import { root } from '../../services/lab/setup/settings/files.ts';
import { startApp } from '../support/app.ts';
import { Browser } from '../support/browser.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { until } from '../support/wait.ts';

const passwords = {
  app: 'what-the-app-logs-in-with',
  owner: 'who-loads-the-functions',
  admin: 'what-the-administrator-has',
};
const hashed = (password: string) => `#${createHash('sha256').update(password).digest('hex')}`;

const prepare = `${root}services/app/src/prepare-redis.ts`;

const opened = new AsyncDisposableStack();
let redis: RedisServer;
let postgres: TestPostgres;
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'test-acl-'));
  opened.defer(() => rm(folder, { recursive: true }));
  const template = await readFile(`${root}infra/redis/users.acl`, 'utf8');
  const users = template
    .replace(/^#.*\n/gm, '')
    // Unknown before Redis 7.2, which would not start.
    .replaceAll((await isOlderRedis()) ? ' +client|setinfo' : '', '')
    .replace('APP_PASSWORDS', hashed(passwords.app))
    .replace('OWNER_PASSWORDS', hashed(passwords.owner))
    .replace('ADMIN_PASSWORDS', hashed(passwords.admin));
  const file = join(folder, 'users.acl');
  await writeFile(file, users);
  redis = opened.use(
    await startRedis(
      ['--aclfile', file, '--appendonly', 'yes', '--appendfsync', 'always'],
      'server',
      undefined,
      `admin:${passwords.admin}`,
    ),
  );
  await promisify(execFile)(process.execPath, [prepare], {
    env: { PATH: process.env.PATH, REDIS_ADMIN_URL: urlOf('owner') },
  });
  postgres = opened.use(await startPostgres());
}, 60_000);
afterAll(() => opened.disposeAsync());

async function isOlderRedis(): Promise<boolean> {
  const { stdout } = await promisify(execFile)('redis-server', ['--version']);
  const [, major = 0, minor = 0] = (/v=(\d+)\.(\d+)/.exec(stdout) ?? []).map(Number);
  return major < 7 || (major === 7 && minor < 2);
}

function urlOf(user: keyof typeof passwords): string {
  return `redis://${user}:${passwords[user]}@127.0.0.1:${redis.port}`;
}

/** What Redis replies to a user's command, or the error's code. */
async function reply(url: string, ...words: readonly string[]): Promise<unknown> {
  // RESP 2, because for RESP 3 a client begins with HELLO, which is refused to whoever has not logged in.
  const client = createClient({ url, RESP: 2, socket: { reconnectStrategy: false } });
  client.on('error', () => {});
  await client.connect();
  try {
    return await client.sendCommand([...words]);
  } catch (error) {
    return String(error).replace(/^\w*Error: (\w+) .*$/s, '$1');
  } finally {
    client.destroy();
  }
}

test.each(['redis', 'connect-redis'])(
  'all that people do with the strategy %s is allowed: Redis refuses the app nothing',
  async (strategy) => {
    await reply(urlOf('admin'), 'ACL', 'LOG', 'RESET');
    await using app = await startApp({
      ...{ SESSION_STRATEGY: strategy, REDIS_URL: urlOf('app'), DATABASE_URL: postgres.url },
      ...{ STARTUP_WAIT_MS: '5000', STORE_TOUCH_AFTER_PERCENT: '0', REDIS_SCRIPTS: 'functions' },
    });
    const browser = new Browser(app.url);
    const user = { username: `ada-${strategy}`, password: 'correct horse battery' };
    const statuses = [
      await browser.get('/readyz'),
      await browser.post('/api/v1/cart/items', { sku: 'tea', quantity: 1 }),
      await browser.get('/api/v1/cart'),
      await browser.post('/api/v1/signup', user),
      await browser.get('/api/v1/me'),
      await browser.post(
        '/api/v1/cart/items',
        { sku: 'tea', quantity: 1 },
        { 'Idempotency-Key': 'a-key-of-the-test' },
      ),
      await browser.post('/api/v1/logout'),
      await browser.post('/api/v1/login', user),
      await browser.get('/api/v1/me'),
      await browser.post('/api/v1/logout'),
    ].map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 200, 201, 200, 200, 200, 200, 200, 200]);
    expect(await reply(urlOf('admin'), 'ACL', 'LOG')).toEqual([]);
  },
);

test.each([
  ...['KEYS *', 'SCAN 0', 'RANDOMKEY', 'MONITOR', 'CONFIG GET *', 'ACL LIST', 'CLIENT LIST', 'SUBSCRIBE x'],
  ...['FLUSHALL', 'FLUSHDB', 'SHUTDOWN', 'SAVE', 'REPLICAOF NO ONE', 'SCRIPT FLUSH', 'FUNCTION LIST'],
  ...[
    'FUNCTION LOAD x',
    'EVAL while(true)do(end) 0',
    'EVALSHA x 0',
    'GET elsewhere',
    'SET elsewhere x',
    'PUBLISH x y',
  ],
])('the app may not %s', async (command) => {
  expect(await reply(urlOf('app'), ...command.split(' '))).toBe('NOPERM');
});

test('who loads the functions may do nothing else', async () => {
  for (const words of [
    ['GET', 'sess:x'],
    ['EVAL', 'return 1', '0'],
    ['FUNCTION', 'FLUSH'],
    ['FCALL', 'x', '0'],
    ['INFO'],
  ]) {
    expect(await reply(urlOf('owner'), ...words)).toBe('NOPERM');
  }
});

test('a session is still there when Redis has read its file anew', async () => {
  await using app = await startApp({
    ...{ SESSION_STRATEGY: 'redis', REDIS_URL: urlOf('app'), DATABASE_URL: postgres.url },
    ...{ STARTUP_WAIT_MS: '5000', REDIS_SCRIPTS: 'functions' },
  });
  const browser = new Browser(app.url);
  const user = { username: 'ada-after-a-restart', password: 'correct horse battery' };
  expect((await browser.post('/api/v1/signup', user)).status).toBe(201);
  await redis.kill();
  await redis.start();
  await until('the user is known again', async () => (await browser.get('/api/v1/me')).status !== 503);
  expect((await browser.get('/api/v1/me')).status).toBe(200);
  expect((await browser.post('/api/v1/login', user)).status).toBe(200);
});

test('who has no password is told nothing', async () => {
  for (const words of [['PING'], ['INFO'], ['GET', 'sess:x'], ['KEYS', '*'], ['ACL', 'WHOAMI']]) {
    expect(await reply(redis.url, ...words)).toBe('NOAUTH');
  }
});

test('a password that is not one of the app’s is refused', async () => {
  const wrong = createClient({
    url: urlOf('app').replace(passwords.app, 'wrong'),
    socket: { reconnectStrategy: false },
  });
  wrong.on('error', () => {});
  await expect(wrong.connect()).rejects.toThrow('WRONGPASS');
});

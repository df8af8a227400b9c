// Redis whose app user may run no script of its own: the functions are loaded by an administrator beforehand.

import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { createClient } from 'redis';
import { startApp } from '../support/app.ts';
import { Browser } from '../support/browser.ts';
import { startChild } from '../support/child.ts';
import { freePort } from '../support/free-port.ts';
import { startPostgres } from '../support/postgres.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { startCluster } from '../support/redis-cluster.ts';
import { until } from '../support/wait.ts';

const program = fileURLToPath(new URL('../../services/app/src/prepare-redis.ts', import.meta.url));

async function prepare(adminUrl?: string): Promise<{ code: number | string; output: string }> {
  await using child = await startChild(process.execPath, [program], {
    env: { PATH: process.env.PATH, REDIS_ADMIN_URL: adminUrl },
  });
  return { code: await child.ended, output: child.output() };
}

const commands =
  '+get +set +exists +expire +pttl +pexpire +del +hget +hset +hdel +hgetall +incrby +zadd +zscore +zremrangebyrank +time +info +fcall +wait +ping +hello +auth +client';
const appUser = [
  '--user',
  'app',
  'on',
  '>secret',
  'resetchannels',
  '-@all',
  '~sess:*',
  '~throttle:*',
  ...commands.split(' '),
];

const asApp = ({ port }: RedisServer) => `redis://app:secret@127.0.0.1:${port}`;

async function refusal(redis: RedisServer, ...words: string[]): Promise<string> {
  const client = createClient({ url: asApp(redis) });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await client.sendCommand(words).then(String, String);
  } finally {
    client.destroy();
  }
}

describe('With a Redis user who may neither EVAL nor load functions', () => {
  test('the app says what is missing, serves when it is loaded, and still does after Redis’ restart', async () => {
    await using redis = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always', ...appUser]);
    await using postgres = await startPostgres();
    for (const words of [
      ['EVAL', 'return 1', '0'],
      ['FUNCTION', 'LOAD', '#!lua name=x'],
      ['FUNCTION', 'LIST'],
    ]) {
      expect(await refusal(redis, ...words)).toContain('NOPERM');
    }
    await using app = await startApp({
      SESSION_STRATEGY: 'redis',
      REDIS_SCRIPTS: 'functions',
      REDIS_URL: asApp(redis),
      DATABASE_URL: postgres.url,
    });
    const ada = { username: 'ada', password: 'correct horse' };
    await until('it is connected', () => app.log().some(({ msg }) => msg === 'connected to Redis'));
    const notReady = await new Browser(app.url).get('/readyz');
    expect([notReady.status, notReady.body]).toEqual([
      503,
      { status: 'error', checks: { redis: 'failed', postgres: 'ok' } },
    ]);
    const refused = await new Browser(app.url).post('/api/v1/signup', ada);
    expect(refused.status).toBe(503);
    expect(JSON.stringify(app.log())).toMatch(/NOFUNCTION the library sessions_\w+ is not loaded/);
    expect(
      app.log().filter(({ msg }) => msg === 'Redis lacks the functions of the session store'),
    ).toHaveLength(1);

    expect((await prepare(redis.url)).output).toMatch(
      /^\{"msg":"prepared Redis","loaded":\["sessions_\w+","throttles_\w+"\],"libraries":\["sessions_\w+","throttles_\w+"\]\}\n$/,
    );
    expect((await prepare(redis.url)).output).toContain('"loaded":[]');
    expect((await new Browser(app.url).get('/readyz')).status).toBe(200);
    const browser = new Browser(app.url);
    const serve = async () => {
      expect((await browser.post('/api/v1/login', ada)).status).toBe(200);
      expect((await browser.post('/api/v1/cart/items', { sku: 'tea', quantity: 1 })).status).toBe(200);
      expect((await browser.get('/api/v1/me')).status).toBe(200);
    };
    expect((await browser.post('/api/v1/signup', ada)).status).toBe(201);
    await serve();

    await redis.kill();
    await redis.start();
    await until('it is ready again', async () => (await new Browser(app.url).get('/readyz')).status === 200);
    expect((await browser.get('/api/v1/me')).status).toBe(200);
    await serve();
    expect((await browser.post('/api/v1/logout')).status).toBe(200);
    const stats = String(await redis.command('INFO', 'commandstats'));
    expect(stats).toContain('cmdstat_fcall:');
    expect(stats).not.toMatch(
      /cmdstat_eval(sha)?:calls=[1-9]\d*,usec=\d+,usec_per_call=[\d.]+,rejected_calls=0/,
    );
  }, 60_000);
});

test('The functions are loaded on each primary of a cluster', async () => {
  await using cluster = await startCluster();
  const hosts = cluster.nodes.map(({ url }) => new URL(url).host).join();
  expect((await prepare(`redis-cluster://${hosts}`)).output).toMatch(/"loaded":\["sessions_/);
  for (const node of cluster.nodes) {
    expect(JSON.stringify(await node.command('FUNCTION', 'LIST'))).toMatch(/sessions_\w+_add/);
  }
  expect((await prepare(`redis-cluster://${hosts}`)).output).toContain('"loaded":[]');
}, 60_000);

test('The preparation names the setting that is missing, and fails when Redis is down or refuses it', async () => {
  const unset = await prepare();
  expect(unset.code).toBe(78);
  expect(unset.output).toMatch(/^REDIS_ADMIN_URL: expected an address such as .*; is not set/);
  const down = await prepare(`redis://127.0.0.1:${await freePort()}`);
  expect(down.code).toBe(1);
  expect(down.output).toContain('ECONNREFUSED');
  await using redis = await startRedis(appUser);
  const refused = await prepare(asApp(redis));
  expect(refused.code).toBe(1);
  expect(refused.output).toContain('NOPERM');
}, 60_000);

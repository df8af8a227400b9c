// STORE_REPLICAS: a login and a logout are answered when a replica of Redis has them.

import { expect, test } from '@jest/globals';
import { startApp } from '../../support/app.ts';
import { Browser } from '../../support/browser.ts';
import { startPostgres } from '../../support/postgres.ts';
import { startReplicatedRedis } from '../../support/redis-replicated.ts';
import { until } from '../../support/wait.ts';

const credentials = { username: 'ann', password: 'correct horse' };

test('While the replica is away nobody logs in or out, and everything else goes on', async () => {
  await using postgres = await startPostgres();
  await using redis = await startReplicatedRedis();
  const settings = { SESSION_STRATEGY: 'redis', REDIS_URL: redis.primary.url, STORE_REPLICAS: '1' };
  await using app = await startApp({ ...settings, DATABASE_URL: postgres.url });
  const browser = new Browser(app.url);
  expect((await browser.post('/api/v1/signup', credentials)).status).toBe(201);
  expect(String(await redis.replica.command('KEYS', 'sess:*'))).toMatch(/^sess:/);

  redis.replica.pause();
  expect((await browser.get('/api/v1/me')).status).toBe(200);
  expect((await browser.post('/api/v1/cart/items', { sku: 'book', quantity: 1 })).status).toBe(200);
  const guest = new Browser(app.url);
  expect((await guest.post('/api/v1/cart/items', { sku: 'book', quantity: 1 })).status).toBe(200);
  expect((await guest.post('/api/v1/login', credentials)).status).toBe(503);
  expect((await guest.get('/api/v1/cart')).body).toMatchObject({ data: { items: [{ sku: 'book' }] } });
  expect((await browser.post('/api/v1/logout')).status).toBe(503);

  redis.replica.resume();
  await until(
    'a login succeeds',
    async () => (await guest.post('/api/v1/login', credentials)).status === 200,
  );
  expect((await guest.post('/api/v1/logout')).status).toBe(200);
});

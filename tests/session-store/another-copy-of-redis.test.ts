// A client of another installation of node-redis, and another version: its error classes are not those that this package
// would import.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MergingRedisStore } from 'merging-redis-store';
import { createClient } from 'redis-5';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { Instance } from '../support/session-requests.ts';
import { until } from '../support/wait.ts';
import { load } from './two-instances.ts';

const opened = new AsyncDisposableStack();
let redis: RedisServer;
let store: MergingRedisStore;
let instance: Instance;
beforeAll(async () => {
  redis = opened.use(await startRedis());
  const client = createClient({ url: redis.url, disableOfflineQueue: true });
  client.on('error', () => undefined);
  await client.connect();
  opened.defer(() => client.destroy());
  store = new MergingRedisStore({ client });
  instance = new Instance(store);
});
afterAll(() => opened.disposeAsync());

async function login(): Promise<string> {
  const request = instance.newRequest();
  request.session.user = 'ada';
  await request.save();
  return request.id;
}

test('A session is written when Redis does not know the script', async () => {
  const id = await login();
  await redis.command('SCRIPT', 'FLUSH');
  const request = await load(instance, id);
  request.session.page = 1;
  await request.save();
  expect((await load(instance, id)).content).toEqual({ user: 'ada', page: 1 });
});

test('An error reply is recognised as an answer, by which nothing was done', async () => {
  await redis.command('CONFIG', 'SET', 'maxmemory', '1');
  try {
    for (let call = 0; call < 5; call++) {
      await expect(login()).rejects.toMatchObject({ reason: 'replied', outcome: 'not done', status: 503 });
    }
  } finally {
    await redis.command('CONFIG', 'SET', 'maxmemory', '0');
  }
  await login();
});

test('Without a connection nothing is sent, and the error says so', async () => {
  await redis.kill();
  await until('the loss is noticed', () =>
    store
      .get('none')
      .then(() => false)
      .catch(() => true),
  );
  await expect(store.get('none')).rejects.toMatchObject({ reason: 'offline', outcome: 'not done' });
  await expect(login()).rejects.toMatchObject({ reason: 'offline', outcome: 'not done' });
  await expect(store.destroy('none')).rejects.toMatchObject({ reason: 'offline', outcome: 'not done' });
  await redis.start();
  await until('it serves again', () => store.ping().then(() => true));
});

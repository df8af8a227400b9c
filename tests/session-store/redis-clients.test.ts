// Clients that the app has made itself: which ones the store takes, and of which it warns.

import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createSessionRedis, MergingRedisStore, type SessionRedis } from 'merging-redis-store';
import { createClient, createClientPool, createCluster, createSentinel } from 'redis';
import { startRedis } from '../support/redis.ts';
import { Instance } from '../support/session-requests.ts';
import { until } from '../support/wait.ts';

const offline = { disableOfflineQueue: true } as const;
const rootNodes = [{ url: 'redis://127.0.0.1:1' }];
const sentinelRootNodes = [{ host: '127.0.0.1', port: 1 }];

let warnings: unknown[];
beforeEach(() => {
  warnings = [];
  jest.spyOn(process, 'emitWarning').mockImplementation((_text, options) => void warnings.push(options));
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe('A client', () => {
  test.each<[string, SessionRedis]>([
    ['standalone', createClient()],
    ['a cluster’s', createCluster({ rootNodes })],
    ['a cluster’s with other defaults', createCluster({ rootNodes, defaults: { password: 'secret' } })],
  ])('with an offline queue is warned of: %s', (_what, client) => {
    new MergingRedisStore({ client });
    expect(warnings).toEqual([expect.objectContaining({ code: 'SESSION_STORE_OFFLINE_QUEUE' })]);
  });

  test.each<[string, SessionRedis]>([
    ['standalone', createClient(offline)],
    ['a cluster’s', createCluster({ rootNodes, defaults: offline })],
    [
      'a Sentinel’s, which does not show its options',
      createSentinel({ name: 'sessions', sentinelRootNodes }),
    ],
    [
      'made by createSessionRedis',
      createSessionRedis({ kind: 'standalone', url: 'redis://127.0.0.1:1' }, { onError: () => undefined })
        .client,
    ],
  ])('without one is not: %s', (_what, client) => {
    new MergingRedisStore({ client });
    expect(warnings).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['none', undefined],
    ['one of another library', { get: () => undefined, set: () => undefined }],
  ])('is refused: %s', (_what, client) => {
    expect(() => new MergingRedisStore({ client: client as SessionRedis })).toThrow(/client of node-redis/);
  });

  test('that waits for replicas has to be another one, with one connection', () => {
    const client = createClient(offline);
    for (const wrong of [client, createClientPool(offline)]) {
      const waitForReplicas = { client: wrong as SessionRedis };
      expect(() => new MergingRedisStore({ client, waitForReplicas })).toThrow(/a client of its own/);
    }
    const another = { client: createClient(offline), replicas: 0 };
    expect(() => new MergingRedisStore({ client, waitForReplicas: another })).toThrow(RangeError);
  });
});

test('A function that makes clients of the app’s own is called again for each new connection', async () => {
  await using redis = await startRedis();
  const made: string[] = [];
  await using connection = createSessionRedis(
    (avoid) => {
      made.push(avoid);
      return createClient({ url: redis.url, name: `connection-${made.length}`, ...offline });
    },
    { onError: () => undefined },
  );
  await connection.connect();
  const request = new Instance(new MergingRedisStore(connection)).newRequest();
  await request.save();
  connection.reconnect('a node');
  expect(made).toEqual(['', 'a node']);
  request.session.page = 1;
  await request.save();
});

test('Options of connect-redis that the store does not have are refused', () => {
  for (const option of ['disableTTL', 'disableTouch']) {
    const options = { client: createClient(offline), [option]: true };
    expect(() => new MergingRedisStore(options)).toThrow(option);
  }
});

test('A client of the app’s own that fails to end is reported, and the connection is closed all the same', async () => {
  await using redis = await startRedis();
  const errors: Error[] = [];
  const client = createClient({ url: redis.url, ...offline });
  const failure = new Error('a mistake in the app');
  const fail = async () => {
    throw failure;
  };
  await using connection = createSessionRedis(
    () => Object.assign(Object.create(client), { close: fail, destroy: fail }),
    { onError: (error) => errors.push(error) },
  );
  await connection.connect();
  await connection.close();
  expect(errors).toEqual([failure, failure]);
  client.destroy();
});

test('A function that makes no second client is reported, and the first stays in use', async () => {
  await using redis = await startRedis();
  const errors: Error[] = [];
  const failure = new Error('a mistake in the app');
  let made = 0;
  await using connection = createSessionRedis(
    () => {
      if (made++ > 0) throw failure;
      return createClient({ url: redis.url, ...offline });
    },
    { onError: (error) => errors.push(error) },
  );
  await connection.connect();
  for (const attempt of [1, 2]) {
    connection.reconnect();
    await until('it is reported', () => errors.length === attempt);
  }
  expect(errors).toEqual([failure, failure]);
  await new Instance(new MergingRedisStore(connection)).newRequest().save();
});

test('A store that express-session does not have yet makes no sessions, and says why', () => {
  const store = new MergingRedisStore({ client: createClient(offline) });
  expect(() => Reflect.apply(store.generate, store, [{}])).toThrow(/this one has none yet/);
});

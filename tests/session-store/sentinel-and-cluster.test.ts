import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SessionGone } from '../../services/session-store/src/errors.ts';
import type { RedisAddress } from '../../services/session-store/src/redis-client.ts';
import { startApp } from '../support/app.ts';
import { Browser } from '../support/browser.ts';
import { startCluster } from '../support/redis-cluster.ts';
import { startSentinels } from '../support/redis-sentinels.ts';
import { Instance } from '../support/session-requests.ts';
import { openMergingStore } from '../support/session-stores.ts';
import { until } from '../support/wait.ts';
import { load } from './two-instances.ts';

/** What REDIS_URL says for an address of several hosts. */
function redisUrl(address: RedisAddress): string {
  if (address.kind === 'standalone') return address.url;
  if (address.kind === 'cluster')
    return `redis-cluster://${address.urls.map((url) => new URL(url).host).join()}`;
  return `redis-sentinel://${address.sentinels.map(({ host, port }) => `${host}:${port}`).join()}/${address.name}`;
}

const kinds = [
  { kind: 'Sentinel', start: startSentinels },
  { kind: 'a Cluster', start: startCluster },
];

describe.each(kinds)('With $kind', ({ start }) => {
  const opened = new AsyncDisposableStack();
  let address: RedisAddress;
  let a: Instance;
  let b: Instance;
  beforeAll(async () => {
    ({ address } = opened.use(await start()));
    a = new Instance(opened.use(await openMergingStore(address)).store);
    const store = opened.use(await openMergingStore(address)).store;
    await store.ping();
    b = new Instance(store);
  });
  afterAll(() => opened.disposeAsync());

  test('sessions are shared, written by several at once, renewed, regenerated and ended', async () => {
    // Enough of them that each node of a cluster has some.
    for (let user = 0; user < 12; user++) {
      const request = a.newRequest();
      request.session.user = user;
      await request.save();
      const writers = await Promise.all(Array.from({ length: 6 }, (_, i) => load(i % 2 ? a : b, request.id)));
      for (const [index, writer] of writers.entries()) writer.session[`key${index}`] = index;
      await Promise.all(writers.map((writer) => writer.save()));
      const all = await load(b, request.id);
      expect(all.content).toEqual({ user, key0: 0, key1: 1, key2: 2, key3: 3, key4: 4, key5: 5 });

      all.session.cookie.maxAge = 60_000;
      await all.touch();
      const late = await load(a, request.id);
      await all.regenerate();
      all.session.user = 'again';
      await all.save();
      late.session.late = true;
      await expect(late.save()).rejects.toThrow(SessionGone);
      expect(await a.load(request.id)).toBeUndefined();
      expect((await load(a, all.id)).content).toEqual({ user: 'again' });
    }
  });

  test('two instances of the app that are told of it by REDIS_URL share a guest’s cart', async () => {
    const settings = { SESSION_STRATEGY: 'redis', REDIS_URL: redisUrl(address), STARTUP_WAIT_MS: '5000' };
    await using one = await startApp(settings);
    await using other = await startApp(settings);
    const browser = new Browser(one.url);
    expect((await browser.post('/api/v1/cart/items', { sku: 'book', quantity: 2 })).status).toBe(200);
    const answer = await browser.at(other.url).get('/api/v1/cart');
    expect([answer.status, answer.body]).toEqual([200, expect.objectContaining({ status: 'success' })]);
    expect(JSON.stringify(answer.body)).toContain('book');
  });
});

const ends = ['kill', 'pause'] as const;
test.each(ends)(
  'With Sentinel, sessions outlive the primary (%s), and calls end by their deadline',
  async (end) => {
    await using sentinels = await startSentinels();
    await using opened = await openMergingStore(sentinels.address);
    const instance = new Instance(opened.store);
    const request = instance.newRequest();
    request.session.user = 'ada';
    await request.save();
    await until('the replica has the session', () =>
      sentinels.replica.command('EXISTS', `sess:${request.id}`),
    );
    await sentinels.primary[end]();
    let longestMs = 0;
    const found = await until(
      'the new primary serves',
      async () => {
        const startedMs = performance.now();
        try {
          return await instance.load(request.id);
        } finally {
          longestMs = Math.max(longestMs, performance.now() - startedMs);
        }
      },
      25_000,
    );
    expect(found.content).toEqual({ user: 'ada' });
    expect(longestMs).toBeLessThan(600);
    found.session.after = 'failover';
    await found.save();
    expect((await load(instance, request.id)).content).toEqual({ user: 'ada', after: 'failover' });
  },
  60_000,
);

test('With a Cluster, the loss of one node leaves the others’ sessions alone', async () => {
  await using cluster = await startCluster();
  await using opened = await openMergingStore(cluster.address);
  const instance = new Instance(opened.store);
  const requests = Array.from({ length: 24 }, () => instance.newRequest());
  for (const request of requests) await request.save();
  const lost = cluster.nodes[0];
  if (lost === undefined) throw new Error('a cluster has nodes');
  const onLost = new Set(
    (
      await Promise.all(
        requests.map(async ({ id }) => {
          const slot = Number(await lost.command('CLUSTER', 'KEYSLOT', `sess:${id}`));
          return slot < 5461 ? [id] : [];
        }),
      )
    ).flat(),
  );
  await lost.kill();
  await until('the loss is noticed', async () => {
    const ends = await Promise.allSettled(requests.map(({ id }) => instance.load(id)));
    return requests.every(({ id }, index) => (ends[index]?.status === 'rejected') === onLost.has(id));
  });
  expect(onLost.size).toBeGreaterThan(0);
  expect(onLost.size).toBeLessThan(requests.length);
}, 60_000);

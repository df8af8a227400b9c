// Redis stops answering while sessions are listed or cleared.

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { type MergingRedisStore, SessionStoreUnavailable } from 'merging-redis-store';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { startRelay } from '../support/redis-relay.ts';
import { openMergingStore } from '../support/session-stores.ts';
import { until } from '../support/wait.ts';

const count = 250;

async function fill(redis: RedisServer): Promise<void> {
  const text = JSON.stringify({ cookie: { originalMaxAge: 600_000 } });
  await redis.ask((client) =>
    Promise.all(Array.from({ length: count }, (_, user) => client.set(`sess:user${user}`, text))),
  );
}

/** How a call ended, and after how many milliseconds. One that does not end is not waited for. */
async function outcome(call: Promise<unknown>): Promise<{ error: unknown; ms: number }> {
  const startedMs = performance.now();
  const ended = call.then(
    () => 'it succeeded',
    (error: unknown) => error,
  );
  const error = await Promise.race([ended, sleep(3000, 'it did not end', { ref: false })]);
  return { error, ms: performance.now() - startedMs };
}

type Call = (store: MergingRedisStore) => Promise<unknown>;
const calls: readonly [string, Call][] = [
  ['all', (store) => store.all()],
  ['ids', (store) => store.ids()],
  ['length', (store) => store.length()],
  ['clear', (store) => store.clear()],
];

describe('While Redis is paused', () => {
  test.each(calls)(
    '%s ends by its deadline, and when Redis continues all sessions are there',
    async (_, call) => {
      await using redis = await startRedis();
      await fill(redis);
      await using opened = await openMergingStore(redis.url);
      await opened.store.ping();
      redis.pause();
      const { error, ms } = await outcome(call(opened.store));
      redis.resume();
      expect(error).toBeInstanceOf(SessionStoreUnavailable);
      expect(error).toMatchObject({ reason: 'timeout' });
      expect(ms).toBeLessThan(600);
      await until('Redis answers', () => opened.store.ping().then(() => true));
      // Time enough for what would still be on its way.
      await sleep(500);
      expect(await redis.command('DBSIZE')).toBe(count);
      expect(await opened.store.length()).toBe(count);
    },
  );

  test('they are refused at once where calls before have found that out', async () => {
    await using redis = await startRedis();
    await using opened = await openMergingStore(redis.url);
    redis.pause();
    for (let round = 0; round < 3; round++) await outcome(opened.store.get('none'));
    for (const [, call] of calls) {
      const { error } = await outcome(call(opened.store));
      expect(error).toMatchObject({ reason: 'refused', outcome: 'not done' });
    }
  });
});

test('A clear that was told failed in its middle ends there', async () => {
  await using redis = await startRedis();
  await fill(redis);
  await using relay = await startRelay(redis.port);
  await using opened = await openMergingStore(relay.url, { scanCount: 20 });
  // The first command that names a session: the deletion of the first batch.
  const deletion = relay.hold('sess:user');
  const clearing = outcome(opened.store.clear());
  await deletion.reached;
  expect((await clearing).error).toMatchObject({ reason: 'timeout', outcome: 'unknown' });
  deletion.letGo();
  await until('the held command is carried out', async () => Number(await redis.command('DBSIZE')) < count);
  await sleep(500);
  // A step of SCAN gives a few more than it was asked for.
  expect(await redis.command('DBSIZE')).toBeGreaterThan(count - 60);
});

// Ten thousand random interleavings on one real Redis, and as a control the same with connect-redis' store.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createClient, type RedisClientType } from 'redis';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { Instance } from '../support/session-requests.ts';
import { openConnectRedisStore, openMergingStore } from '../support/session-stores.ts';
import { play, type ReadStored, type Step, scenario, type Violation } from './scenario.ts';
import { playAtOnce, simultaneousRequests } from './simultaneous-requests.ts';

const runs = Number(process.env.INTERLEAVING_RUNS ?? 1000);
const atOnce = 10;

const opened = new AsyncDisposableStack();
let redis: RedisServer;
let readStored: ReadStored;

beforeAll(async () => {
  redis = opened.use(await startRedis());
  const client: RedisClientType = createClient({ url: redis.url });
  opened.defer(async () => client.destroy());
  await client.connect();
  readStored = async (ids) => (ids.length === 0 ? [] : client.mGet(ids.map((id) => `sess:${id}`)));
});
afterAll(() => opened.disposeAsync());

test('No acknowledged write is lost and no ended session comes back, in ten thousand interleavings', async () => {
  await using a = await openMergingStore(redis.url, { deadlineMs: 10_000 });
  await using b = await openMergingStore(redis.url, { deadlineMs: 10_000 });
  const instances = [new Instance(a.store), new Instance(b.store)] as const;
  let played = 0;
  const batch = fc.tuple(...Array.from({ length: atOnce }, () => scenario));
  const property = fc.asyncProperty(batch, async (scenarios) => {
    played += scenarios.length;
    const violations = await Promise.all(scenarios.map((steps) => play(steps, instances, readStored)));
    expect(violations.flat()).toEqual([]);
  });
  await fc.assert(property, { numRuns: runs });
  expect(played).toBeGreaterThanOrEqual(runs * atOnce);
}, 300_000);

test('Requests that write while others end the session lose no write and recreate no session', async () => {
  await using a = await openMergingStore(redis.url, { deadlineMs: 10_000 });
  await using b = await openMergingStore(redis.url, { deadlineMs: 10_000 });
  const instances = [new Instance(a.store), new Instance(b.store)] as const;
  const batch = fc.tuple(...Array.from({ length: atOnce }, () => simultaneousRequests));
  const property = fc.asyncProperty(batch, async (groups) => {
    const violations = await Promise.all(groups.map((actors) => playAtOnce(actors, instances, readStored)));
    expect(violations.flat()).toEqual([]);
  });
  await fc.assert(property, { numRuns: Math.ceil(runs / 5) });
}, 300_000);

describe('With connect-redis’ store the same check finds', () => {
  test.each<Violation['kind']>(['lost', 'came back'])(
    'a counterexample: %s',
    async (kind) => {
      await using a = await openConnectRedisStore(redis.url);
      await using b = await openConnectRedisStore(redis.url);
      const instances = [new Instance(a.store), new Instance(b.store)] as const;
      const property = fc.asyncProperty(scenario, async (steps) => {
        const violations = await play(steps, instances, readStored);
        return !violations.some((violation) => violation.kind === kind);
      });
      const { failed, counterexample } = await fc.check(property, { numRuns: 2000 });
      expect(failed).toBe(true);
      const steps: readonly Step[] = counterexample?.[0] ?? [];
      expect(steps.length).toBeLessThanOrEqual(4);
    },
    120_000,
  );
});

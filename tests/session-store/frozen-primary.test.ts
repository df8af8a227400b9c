// A primary of a cluster that stops answering while its connections stay open, as with a frozen virtual machine.

import { describe, expect, test } from '@jest/globals';
import { SessionStoreUnavailable } from 'merging-redis-store';
import type { RedisServer } from '../support/redis.ts';
import { type Cluster, type Shard, startCluster } from '../support/redis-cluster.ts';
import { Instance } from '../support/session-requests.ts';
import { openMergingStore } from '../support/session-stores.ts';
import { until } from '../support/wait.ts';
import { load } from './two-instances.ts';

/** Sessions on all shards, and two instances. */
async function fleetOn(cluster: Cluster, frozen: Shard) {
  await using stack = new AsyncDisposableStack();
  const stores = [
    stack.use(await openMergingStore(cluster.address)).store,
    stack.use(await openMergingStore(cluster.address)).store,
  ];
  const instances = stores.map((store) => new Instance(store));
  const sessions = { onFrozen: [] as string[], elsewhere: [] as string[] };
  for (let user = 0; user < 24; user++) {
    const request = instances[user % 2]?.newRequest();
    if (request === undefined) throw new Error('there are two instances');
    request.session.user = 'ada';
    await request.save();
    const shard = await cluster.shardOf(`sess:${request.id}`);
    (shard === frozen ? sessions.onFrozen : sessions.elsewhere).push(request.id);
  }
  const owned = stack.move();
  return { stores, instances, ...sessions, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** How often which error came. */
class Failures {
  readonly counts: Record<string, number> = {};

  async of(work: readonly Promise<unknown>[]): Promise<number> {
    const ends = await Promise.allSettled(work);
    const errors = ends.flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : []));
    for (const error of errors) this.counts[error] = (this.counts[error] ?? 0) + 1;
    return errors.length;
  }
}

async function readAndWrite(instance: Instance, id: string, round: number): Promise<void> {
  const request = await load(instance, id);
  request.session.round = round;
  await request.save();
}

/** Each session is read and written on each of the instances, all at once. */
function onEach(instances: readonly Instance[], ids: readonly string[], round: number): Promise<void>[] {
  return instances.flatMap((instance) => ids.map((id) => readAndWrite(instance, id, round)));
}

async function whenPromoted(replica: RedisServer): Promise<number | undefined> {
  return String(await replica.command('ROLE')).startsWith('master') ? performance.now() : undefined;
}

describe('While the primary of one shard is frozen', () => {
  test('and its replica takes over, all sessions are served within 10 s, and the others’ all the time', async () => {
    await using cluster = await startCluster({ replicas: true });
    // The shard of the key that the readiness check asks for, which must not fail with it.
    const frozen = await cluster.shardOf('sess:readiness');
    const { primary, replica } = frozen;
    if (replica === undefined) throw new Error('a shard has a replica');
    await using fleet = await fleetOn(cluster, frozen);
    expect(fleet.onFrozen.length).toBeGreaterThan(0);
    const stored = await primary.command('DBSIZE');
    await until('the replica has all sessions', async () => (await replica.command('DBSIZE')) === stored);

    primary.pause();
    const [onFrozen, elsewhere, readiness] = [new Failures(), new Failures(), new Failures()];
    let promotedAtMs: number | undefined;
    let servedAfterMs: number | undefined;
    const endMs = performance.now() + 30_000;
    for (let round = 0; servedAfterMs === undefined && performance.now() < endMs; round++) {
      const [failed] = await Promise.all([
        onFrozen.of(onEach(fleet.instances, fleet.onFrozen, round)),
        elsewhere.of(onEach(fleet.instances, fleet.elsewhere, round)),
        readiness.of(fleet.stores.map((store) => store.ping())),
      ]);
      promotedAtMs ??= await whenPromoted(replica);
      if (failed === 0 && promotedAtMs !== undefined) servedAfterMs = performance.now() - promotedAtMs;
    }
    expect({ elsewhere: elsewhere.counts, readiness: readiness.counts }).toEqual({
      elsewhere: {},
      readiness: {},
    });
    expect(servedAfterMs).toBeLessThan(10_000);
  }, 60_000);

  test('and it has no replica, only its own sessions fail, each by its deadline', async () => {
    await using cluster = await startCluster();
    const frozen = await cluster.shardOf('sess:readiness');
    await using fleet = await fleetOn(cluster, frozen);
    frozen.primary.pause();
    const [elsewhere, readiness] = [new Failures(), new Failures()];
    let longestMs = 0;
    const endMs = performance.now() + 5000;
    for (let round = 0; performance.now() < endMs; round++) {
      const startedMs = performance.now();
      const calls = onEach(fleet.instances, fleet.onFrozen, round).map(async (call) => {
        await expect(call).rejects.toThrow(SessionStoreUnavailable);
        longestMs = Math.max(longestMs, performance.now() - startedMs);
      });
      await Promise.all([
        ...calls,
        elsewhere.of(onEach(fleet.instances, fleet.elsewhere, round)),
        readiness.of(fleet.stores.map((store) => store.ping())),
      ]);
    }
    expect({ elsewhere: elsewhere.counts, readiness: readiness.counts }).toEqual({
      elsewhere: {},
      readiness: {},
    });
    expect(longestMs).toBeLessThan(600);
  }, 60_000);
});

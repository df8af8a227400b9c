// Writes that end only when a replica has them (WAIT), with a real primary, replica and sentinels.

import { describe, expect, test } from '@jest/globals';
import { createSessionRedis, type RedisAddress, type WaitForReplicas } from 'merging-redis-store';
import type { RedisServer } from '../support/redis.ts';
import { startCluster } from '../support/redis-cluster.ts';
import { startReplicatedRedis } from '../support/redis-replicated.ts';
import { startSentinels } from '../support/redis-sentinels.ts';
import { Instance, sessionData } from '../support/session-requests.ts';
import { openMergingStore } from '../support/session-stores.ts';
import { until } from '../support/wait.ts';

async function openReplicated(address: RedisAddress, options: Partial<WaitForReplicas> = {}) {
  await using opened = new AsyncDisposableStack();
  const own = opened.use(createSessionRedis(address, { onError: () => undefined }));
  await own.connect();
  const waitForReplicas = { client: own.client, reconnect: own.reconnect, ...options };
  const { store } = opened.use(await openMergingStore(address, { waitForReplicas }));
  const owned = opened.move();
  return { store, instance: new Instance(store), [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

describe('A store that waits for a replica', () => {
  test('answers logins and logouts only when the replica has them, and others at once', async () => {
    await using pair = await startReplicatedRedis();
    await using opened = await openReplicated(pair.address);
    const request = opened.instance.newRequest();
    await request.save();
    expect(await pair.replica.command('EXISTS', `sess:${request.id}`)).toBe(1);
    pair.replica.pause();
    const late = opened.instance.newRequest();
    await expect(late.save()).rejects.toMatchObject({
      reason: 'unreplicated',
      outcome: 'unknown',
      status: 503,
    });
    const known = await opened.instance.load(request.id);
    if (known === undefined) throw new Error('there is no such session');
    known.session.page = 1;
    await known.save();
    await expect(known.destroy()).rejects.toMatchObject({ call: 'destroy', reason: 'unreplicated' });
    pair.replica.resume();
    await until('the replica confirms again', () =>
      request.destroy().then(
        () => true,
        () => false,
      ),
    );
    expect(await pair.replica.command('EXISTS', `sess:${request.id}`)).toBe(0);
  });

  test('is not held up by those that wait', async () => {
    await using pair = await startReplicatedRedis();
    await using opened = await openReplicated(pair.address);
    const request = opened.instance.newRequest();
    await request.save();
    pair.replica.pause();
    const logins = Array.from({ length: 20 }, () => opened.instance.newRequest().save());
    const ends = Promise.allSettled(logins);
    const known = await opened.instance.load(request.id);
    for (let page = 0; known !== undefined && page < 10; page++) {
      known.session.page = page;
      await known.save();
    }
    expect(await Promise.race([ends, 'still waiting'])).toBe('still waiting');
    expect((await ends).every(({ status }) => status === 'rejected')).toBe(true);
    expect((await opened.instance.load(request.id))?.content).toEqual({ page: 9 });
  });

  test('waits for the writes that the app chooses, changes too', async () => {
    await using pair = await startReplicatedRedis();
    const isChosen: WaitForReplicas['isChosen'] = ({ session }) => session !== undefined && 'paid' in session;
    await using opened = await openReplicated(pair.address, { isChosen });
    pair.replica.pause();
    const request = opened.instance.newRequest();
    request.session.page = 1;
    await request.save();
    request.session.paid = true;
    await expect(request.save()).rejects.toMatchObject({ reason: 'unreplicated' });
    await request.destroy();
  });

  test('does so also when Redis has lost its script', async () => {
    await using pair = await startReplicatedRedis();
    await using opened = await openReplicated(pair.address, { isChosen: () => true });
    const request = opened.instance.newRequest();
    await request.save();
    await pair.primary.command('SCRIPT', 'FLUSH');
    request.session.page = 1;
    await request.save();
    expect(String(await pair.replica.command('GET', `sess:${request.id}`))).toContain('"page":1');
  });

  test('refuses them at once where the server itself refuses writes without replicas', async () => {
    await using pair = await startReplicatedRedis();
    await using opened = await openReplicated(pair.address);
    await pair.primary.command('CONFIG', 'SET', 'min-replicas-to-write', '1', 'min-replicas-max-lag', '1');
    await pair.replica.kill();
    await until('the server refuses', async () => {
      try {
        await opened.instance.newRequest().save();
      } catch (error) {
        return error instanceof Error && 'reason' in error && error.reason === 'replied';
      }
    });
  });
});

/** Twenty users log in and out while the sentinels make the replica the primary. */
async function failoverUnderWay(options: Partial<WaitForReplicas>) {
  await using sentinels = await startSentinels();
  await using opened = await openReplicated(sentinels.address, options);
  const loggedIn = new Set<string>();
  const loggedOut = new Set<string>();
  const underWay = new AbortController();
  const user = async () => {
    while (!underWay.signal.aborted) {
      const request = opened.instance.newRequest();
      try {
        await request.save();
        loggedIn.add(request.id);
        if (Math.random() < 0.5) continue;
        loggedIn.delete(request.id);
        await request.destroy();
        loggedOut.add(request.id);
      } catch {
        // Told that it failed: nothing is promised. And a short pause, as a client is asked to make.
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  };
  const users = Promise.all(Array.from({ length: 20 }, user));
  await until('there are some', () => loggedOut.size > 100);
  await sentinels.failover();
  const before = loggedOut.size;
  await until('users log in and out on the new primary', () => loggedOut.size > before + 100);
  underWay.abort();
  await users;
  const isKnown = async (id: string) => (await sentinels.replica.command('EXISTS', `sess:${id}`)) === 1;
  let lost = 0;
  for (const id of loggedIn) if (!(await isKnown(id))) lost++;
  let revived = 0;
  for (const id of loggedOut) if (await isKnown(id)) revived++;
  return { lost, revived };
}

describe('A failover by Sentinel', () => {
  test('loses no login and no logout that was answered after a replica had confirmed it', async () => {
    expect(await failoverUnderWay({})).toEqual({ lost: 0, revived: 0 });
  }, 60_000);

  test('loses some of those that did not wait', async () => {
    const { lost, revived } = await failoverUnderWay({ isChosen: () => false });
    expect(lost + revived).toBeGreaterThan(0);
  }, 60_000);
});

test('In a cluster each write waits for a replica of its own node', async () => {
  await using cluster = await startCluster();
  await using opened = await openReplicated(cluster.address);
  // Without replicas: nothing can be confirmed, on whichever node the session is.
  for (let count = 0; count < 6; count++) {
    const request = opened.instance.newRequest();
    await expect(request.save()).rejects.toMatchObject({ reason: 'unreplicated' });
  }
});

test('In a cluster with replicas it is confirmed, also when the slot has moved to another node in the meantime', async () => {
  await using cluster = await startCluster({ replicas: true });
  await using opened = await openReplicated(cluster.address, { isChosen: () => true });
  const request = opened.instance.newRequest();
  await request.save();
  const key = `sess:${request.id}`;
  const from = await cluster.shardOf(key);
  const to = cluster.shards.find((shard) => shard !== from);
  if (to === undefined) throw new Error('a cluster has several shards');
  await request.destroy();
  // The slot is empty, so no key has to be moved. Marked as on its way, it gets a new epoch with its new node: otherwise
  // the nodes would go on disagreeing about it.
  const slot = String(await to.primary.command('CLUSTER', 'KEYSLOT', key));
  const [fromId, toId] = [await idOf(from.primary), await idOf(to.primary)];
  await to.primary.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId);
  await from.primary.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId);
  for (const { primary } of [to, from, ...cluster.shards.filter((shard) => shard !== to && shard !== from)])
    await primary.command('CLUSTER', 'SETSLOT', slot, 'NODE', toId);
  await opened.store.set(request.id, sessionData({ user: 'ada' }));
  expect(await to.primary.command('EXISTS', key)).toBe(1);
  expect(String(await to.replica?.command('ROLE'))).toContain('slave');
}, 60_000);

async function idOf(server: RedisServer): Promise<string> {
  return String(await server.command('CLUSTER', 'MYID'));
}

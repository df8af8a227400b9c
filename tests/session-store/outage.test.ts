import { describe, expect, test } from '@jest/globals';
import { SessionStoreUnavailable } from '../../services/session-store/src/errors.ts';
import type { SessionStoreEvent } from '../../services/session-store/src/options.ts';
import { startRedis } from '../support/redis.ts';
import { startRelay } from '../support/redis-relay.ts';
import { Instance } from '../support/session-requests.ts';
import { openMergingStore } from '../support/session-stores.ts';
import { until } from '../support/wait.ts';

/** What a call ended with, and after how many milliseconds. */
async function timed(work: () => Promise<unknown>) {
  const startedMs = performance.now();
  try {
    const value = await work();
    return { value, error: undefined, ms: performance.now() - startedMs };
  } catch (error) {
    if (!(error instanceof SessionStoreUnavailable)) throw error;
    return { value: undefined, error, ms: performance.now() - startedMs };
  }
}

/** The shortest of several times: a busy machine makes any single one long. */
async function shortestMs(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 10; round++) times.push((await timed(work)).ms);
  return Math.min(...times);
}

describe('While Redis is paused', () => {
  test('each call ends by its deadline with an error that says so, and after some of them at once', async () => {
    await using redis = await startRedis();
    await using opened = await openMergingStore(redis.url);
    const instance = new Instance(opened.store);
    const request = instance.newRequest();
    await request.save();
    const known = await instance.load(request.id);
    if (known === undefined) throw new Error('there is no such session');
    redis.pause();
    known.session.page = 1;
    const calls = [() => instance.load(request.id), () => known.save(), () => known.destroy()];
    for (const [index, name] of (['read', 'write', 'destroy'] as const).entries()) {
      const { error, ms } = await timed(calls[index] ?? (() => Promise.resolve()));
      expect(error).toMatchObject({ call: name, reason: 'timeout', outcome: 'unknown', status: 503 });
      expect(ms).toBeGreaterThan(240);
      expect(ms).toBeLessThan(600);
    }
    const refused = await timed(() => instance.load(request.id));
    expect(refused.error).toMatchObject({ reason: 'refused', outcome: 'not done' });
    expect(await shortestMs(() => instance.load(request.id))).toBeLessThan(20);
    expect(refused.error?.message).not.toContain(request.id);
  });

  test('a renewal that cannot be sent is reported and is no error of the request', async () => {
    const events: SessionStoreEvent[] = [];
    await using redis = await startRedis();
    await using opened = await openMergingStore(redis.url, {
      observe: (event) => events.push(event),
      touchAfter: 0,
    });
    const request = new Instance(opened.store).newRequest();
    await request.save();
    redis.pause();
    await request.touch();
    expect(events).toMatchObject([
      { type: 'timeout' },
      { type: 'not renewed', cause: { reason: 'timeout' } },
    ]);
  });

  test('many calls at once all end by the deadline', async () => {
    await using redis = await startRedis();
    await using opened = await openMergingStore(redis.url);
    redis.pause();
    const { ms } = await timed(async () => {
      const ends = await Promise.all(
        Array.from({ length: 500 }, () => timed(() => opened.store.get('none'))),
      );
      expect(ends.every(({ error }) => error?.reason === 'timeout')).toBe(true);
    });
    expect(ms).toBeLessThan(800);
  });

  test('the readiness check ends by the deadline as well', async () => {
    await using redis = await startRedis();
    await using opened = await openMergingStore(redis.url);
    await opened.store.ping();
    redis.pause();
    for (let call = 0; call < 5; call++) {
      const { error } = await timed(() => opened.store.ping());
      expect(error).toMatchObject({ call: 'ping', reason: 'timeout' });
    }
    redis.resume();
    await until('Redis is ready', async () => (await timed(() => opened.store.ping())).error === undefined);
  });
});

describe('When Redis continues after a pause', () => {
  test('sessions are known again within a second', async () => {
    await using redis = await startRedis();
    await using opened = await openMergingStore(redis.url);
    const instance = new Instance(opened.store);
    const request = instance.newRequest();
    request.session.user = 'ada';
    await request.save();
    redis.pause();
    const untilMs = performance.now() + 1500;
    while (performance.now() < untilMs) await timed(() => instance.load(request.id));
    redis.resume();
    const { ms } = await timed(() =>
      until('the session is known', async () => (await timed(() => instance.load(request.id))).value, 5000),
    );
    expect(ms).toBeLessThan(1000);
  });

  test('a write whose request was told that it failed does not overwrite what others wrote since', async () => {
    await using redis = await startRedis();
    await using a = await openMergingStore(redis.url);
    await using b = await openMergingStore(redis.url);
    const [ofA, ofB] = [new Instance(a.store), new Instance(b.store)];
    const first = ofA.newRequest();
    await first.save();
    // So that Redis knows the script: otherwise the abandoned write would end with NOSCRIPT.
    first.session.start = true;
    await first.save();
    const [abandoned, other] = await Promise.all([ofA.load(first.id), ofB.load(first.id)]);
    if (abandoned === undefined || other === undefined) throw new Error('there is no such session');
    redis.pause();
    abandoned.session.by = 'the abandoned request';
    expect((await timed(() => abandoned.save())).error).toMatchObject({ outcome: 'unknown' });
    redis.resume();
    other.session.other = 'another request';
    await until('Redis answers', async () => (await timed(() => b.store.ping())).error === undefined);
    await other.save();
    const found = await ofB.load(first.id);
    expect(found?.content).toEqual({
      start: true,
      by: 'the abandoned request',
      other: 'another request',
    });
  });
});

describe('When Redis is gone', () => {
  test('calls fail at once, and sessions are known again within a second of its return', async () => {
    await using redis = await startRedis();
    await using opened = await openMergingStore(redis.url);
    const instance = new Instance(opened.store);
    await redis.kill();
    await until('the loss is noticed', async () => (await timed(() => opened.store.get('none'))).error);
    const calls = [
      () => opened.store.get('none'),
      () => instance.newRequest().save(),
      () => opened.store.destroy('none'),
    ];
    for (const call of calls) {
      const { error } = await timed(call);
      expect(error).toMatchObject({ reason: 'offline', outcome: 'not done', status: 503 });
      expect(await shortestMs(call)).toBeLessThan(20);
    }
    await redis.start();
    const { ms } = await timed(() =>
      until(
        'Redis serves',
        async () => (await timed(() => opened.store.get('none'))).error === undefined,
        5000,
      ),
    );
    expect(ms).toBeLessThan(1000);
  });

  test('a command that was under way fails with an unknown outcome', async () => {
    await using redis = await startRedis();
    await using opened = await openMergingStore(redis.url);
    redis.pause();
    const call = timed(() => new Instance(opened.store).newRequest().save());
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    await redis.kill();
    expect((await call).error).toMatchObject({ reason: 'lost', outcome: 'unknown' });
  });

  test('and was never up, the store opens all the same and serves when Redis starts', async () => {
    await using redis = await startRedis();
    await redis.kill();
    const opening = openMergingStore(redis.url);
    await redis.start();
    await using opened = await opening;
    expect(await opened.store.get('none')).toBeNull();
  });
});

test('An error reply of Redis fails the call and does not open the breaker', async () => {
  await using redis = await startRedis();
  await using opened = await openMergingStore(redis.url);
  const instance = new Instance(opened.store);
  await redis.command('CONFIG', 'SET', 'maxmemory', '1');
  for (let call = 0; call < 5; call++) {
    const { error } = await timed(() => instance.newRequest().save());
    expect(error).toMatchObject({ reason: 'replied', outcome: 'not done' });
  }
  await redis.command('CONFIG', 'SET', 'maxmemory', '0');
  await instance.newRequest().save();
});

test('A connection that a firewall has forgotten is replaced', async () => {
  await using redis = await startRedis();
  await using relay = await startRelay(redis.port);
  await using opened = await openMergingStore(relay.url);
  await opened.store.ping();
  relay.forgetConnections();
  const forgottenAtMs = performance.now();
  await until(
    'it serves again',
    async () => (await timed(() => opened.store.get('none'))).error === undefined,
  );
  expect(performance.now() - forgottenAtMs).toBeLessThan(5000);
});

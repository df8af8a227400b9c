// A process that does not get the processor, or blocks its own event loop, while Redis answers at once. Timers that are
// due run before sockets are read, so such a process could take its own lateness for a silent Redis.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MergingRedisStore, SessionStoreEvent } from 'merging-redis-store';
import { SessionStoreUnavailable } from 'merging-redis-store';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { openMergingStore } from '../support/session-stores.ts';
import { Browser, startApp } from './http-apps.ts';

function block(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

const opened = new AsyncDisposableStack();
let redis: RedisServer;
beforeAll(async () => {
  redis = opened.use(await startRedis());
});
afterAll(() => opened.disposeAsync());

/** A store of the test's own, because a breaker that opens is open for the tests that follow. */
async function openStore() {
  const events: SessionStoreEvent[] = [];
  const { store, ...opening } = await openMergingStore(redis.url, {
    observe: (event) => events.push(event),
  });
  return { store, events, [Symbol.asyncDispose]: opening[Symbol.asyncDispose] };
}

describe('A process that is blocked just after it has asked Redis', () => {
  test.each([240, 260, 290, 400, 1000])('for %i ms has all its answers', async (ms) => {
    await using own = await openStore();
    const { store, events } = own;
    for (let round = 0; round < 3; round++) {
      const calls = Array.from({ length: 20 }, () => store.get('none'));
      block(ms);
      expect(await Promise.all(calls)).toEqual(calls.map(() => null));
    }
    expect(events).toEqual([]);
  });

  test('some turns of the event loop later has all its answers', async () => {
    await using own = await openStore();
    const { store, events } = own;
    for (let turns = 0; turns < 6; turns++) {
      const calls = Array.from({ length: 20 }, () => store.get('none'));
      for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
      block(290);
      expect(await Promise.all(calls)).toEqual(calls.map(() => null));
    }
    expect(events).toEqual([]);
  });

  test('again and again answers no request with 503, and goes on', async () => {
    await using own = await openStore();
    let blocks = 0;
    const load = own.store.get;
    own.store.get = function (this: MergingRedisStore, ...args: Parameters<typeof load>) {
      const loading = load.apply(this, args);
      if (blocks-- > 0) block(290);
      return loading;
    };
    await using app = await startApp(own.store);
    const browsers = Array.from({ length: 10 }, () => new Browser());
    for (const browser of browsers) await browser.ask(app, 'POST', '/login');
    for (let round = 0; round < 3; round++) {
      blocks = 4;
      const answers = await Promise.all(browsers.map((browser) => browser.ask(app, 'GET', '/me')));
      expect(answers.map(({ status }) => status)).toEqual(browsers.map(() => 200));
    }
    expect(own.events).toEqual([]);
  });
});

describe('A Redis that is silent', () => {
  test.each([0, 200])(
    'is noticed within 600 ms of a process’ own time, blocked for %i ms before',
    async (ms) => {
      await using own = await startRedis();
      await using silent = await openMergingStore(own.url);
      await silent.store.ping();
      own.pause();
      const startedMs = performance.now();
      const call = silent.store.get('none');
      block(ms);
      await expect(call).rejects.toThrow(SessionStoreUnavailable);
      expect(performance.now() - startedMs - ms).toBeLessThan(600);
    },
  );

  test('is noticed by a process that is blocked again and again', async () => {
    await using own = await startRedis();
    await using silent = await openMergingStore(own.url);
    await silent.store.ping();
    own.pause();
    const blocking = setInterval(() => block(60), 80);
    try {
      const startedMs = performance.now();
      await expect(silent.store.get('none')).rejects.toThrow(SessionStoreUnavailable);
      // It has a quarter of the time for itself.
      expect(performance.now() - startedMs).toBeLessThan(2400);
    } finally {
      clearInterval(blocking);
    }
  });
});

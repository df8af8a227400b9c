// A process that does not get the processor, or blocks its own event loop, while Redis answers at once. Timers that are
// due run before sockets are read, so such a process could take its own lateness for a silent Redis.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SessionStoreEvent } from 'merging-redis-store';
import { SessionStoreUnavailable } from 'merging-redis-store';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { openMergingStore } from '../support/session-stores.ts';
import { Browser, type Routes, startApp } from './http-apps.ts';

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

/** From where in a turn of the event loop Redis is asked; node-redis writes to its socket later in the turn. */
const places: readonly [string, () => Promise<unknown>][] = [
  ['a promise', () => Promise.resolve()],
  ['an immediate', () => new Promise(setImmediate)],
  ['a timer', () => sleep(1)],
];

describe.each(places)('A process that asks Redis from %s and is then blocked', (_, place) => {
  test.each([290, 1000])('for %i ms has all its answers', async (ms) => {
    await using own = await openStore();
    for (let round = 0; round < 3; round++) {
      await place();
      const calls = Array.from({ length: 20 }, () => own.store.get('none'));
      block(ms);
      expect(await Promise.all(calls)).toEqual(calls.map(() => null));
    }
    expect(own.events).toEqual([]);
  });

  test('some turns later has all its answers', async () => {
    await using own = await openStore();
    for (let turns = 1; turns < 5; turns++) {
      await place();
      const calls = Array.from({ length: 20 }, () => own.store.get('none'));
      for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
      block(290);
      expect(await Promise.all(calls)).toEqual(calls.map(() => null));
    }
    expect(own.events).toEqual([]);
  });
});

test('A handler that blocks its process for 290 ms after it has asked the store causes no 503, for nobody', async () => {
  const routes: Routes = (app) => {
    app.get('/reload-and-block', (req, res, next) => {
      setImmediate(() => {
        req.session.reload((error) => (error ? next(error) : res.json({ ok: true })));
        block(290);
      });
    });
  };
  await using own = await openStore();
  await using app = await startApp(own.store, routes);
  const browsers = Array.from({ length: 6 }, () => new Browser());
  for (const browser of browsers) await browser.ask(app, 'POST', '/login');
  for (let round = 0; round < 5; round++) {
    const calls = browsers.map((browser, index) =>
      browser.ask(app, 'GET', index === 0 ? '/reload-and-block' : '/me'),
    );
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(browsers.map(() => 200));
  }
  expect(own.events).toEqual([]);
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

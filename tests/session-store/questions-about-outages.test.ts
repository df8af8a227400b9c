// The questions that users of express-session ask most, by the numbers of expressjs/session: those about outages.
// Each shows the problem, with the stock store or with a mistake of the app, and the answer of the package's README.

import { describe, expect, test } from '@jest/globals';
import { MemoryStore } from 'express-session';
import { startRedis } from '../support/redis.ts';
import { openConnectRedisStore, openMergingStore } from '../support/session-stores.ts';
import { until } from '../support/wait.ts';
import { content, guarded, type Handler, login, logout, startHandlerApp } from './handler-app.ts';

describe('A store that is down (#99)', () => {
  test('is answered with 503 for whoever has a cookie, logs nobody out and acknowledges no login', async () => {
    await using own = await startRedis();
    await using down = await openMergingStore(own.url);
    await using instance = await startHandlerApp({ store: down.store });
    const { cookie } = await instance.visit('', login);
    own.pause();
    const { status, headers, setCookie } = await instance.visit(cookie, guarded);
    expect({ status, retryAfter: headers.get('retry-after'), setCookie }).toEqual({
      status: 503,
      retryAfter: '1',
      setCookie: undefined,
    });
    expect((await instance.visit('', login)).status).toBe(503);
    // Whoever has no cookie needs no store.
    expect((await instance.visit('', content)).status).toBe(200);
    own.resume();
    await until(
      'the user is known again',
      async () => (await instance.visit(cookie, guarded)).status === 200,
    );
  });

  test('is not answered at all with connect-redis', async () => {
    await using own = await startRedis();
    await using down = await openConnectRedisStore(own.url);
    await using instance = await startHandlerApp({ store: down.store });
    const { cookie } = await instance.visit('', login);
    own.pause();
    await expect(
      Promise.race([
        instance.visit(cookie, guarded),
        new Promise((resolve) => setTimeout(resolve, 1500, 'none')),
      ]),
    ).resolves.toBe('none');
    own.resume();
  });
});

describe('A session that is undefined (#99)', () => {
  const typeOfSession: Handler = (req) => typeof req.session;

  test('comes from a store that emits `disconnect`, and stays until it emits `connect`', async () => {
    const store = new MemoryStore();
    await using instance = await startHandlerApp({ store });
    store.emit('disconnect');
    expect(await (await instance.visit('', typeOfSession)).json()).toBe('undefined');
    store.emit('connect');
    expect(await (await instance.visit('', typeOfSession)).json()).toBe('object');
  });

  test('comes from a route before the middleware, and after `destroy`', async () => {
    await using app = await startHandlerApp({ store: new MemoryStore() });
    expect(await (await app.visit('', typeOfSession, { before: '/before-the-middleware' })).json()).toBe(
      'undefined',
    );
    const destroyed = await app.visit('', async (req, res) => {
      await logout(req, res);
      return typeOfSession(req, res);
    });
    expect(await destroyed.json()).toBe('undefined');
  });

  test('does not come from this store when Redis is gone', async () => {
    await using own = await startRedis();
    await using down = await openMergingStore(own.url);
    await using instance = await startHandlerApp({ store: down.store });
    const { cookie } = await instance.visit('', login);
    await own.kill();
    expect(await (await instance.visit('', typeOfSession)).json()).toBe('object');
    expect((await instance.visit(cookie, typeOfSession)).status).toBe(503);
  });
});

// The questions that users of express-session ask most, by the numbers of expressjs/session: those about writes.
// Each shows the problem, with the stock store or with a mistake of the app, and the answer of the package's README.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addUp } from 'merging-redis-store';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { startRelay } from '../support/redis-relay.ts';
import { openConnectRedisStore, openMergingStore } from '../support/session-stores.ts';
import {
  content,
  guarded,
  type Handler,
  type HandlerApp,
  login,
  logout,
  meeting,
  put,
  settled,
  startHandlerApp,
} from './handler-app.ts';

const opened = new AsyncDisposableStack();
let redis: RedisServer;
let app: HandlerApp;
let stockApp: HandlerApp;

beforeAll(async () => {
  redis = opened.use(await startRedis());
  const resolverFor = (key: string) => (key === 'clicks' ? addUp : undefined);
  const { store } = opened.use(await openMergingStore(redis.url, { resolverFor }));
  const { store: stock } = opened.use(await openConnectRedisStore(redis.url));
  app = opened.use(await startHandlerApp({ store }));
  stockApp = opened.use(await startHandlerApp({ store: stock }));
});
afterAll(() => opened.disposeAsync());

describe('A redirect before the session is saved (#360)', () => {
  const redirect: Handler = (req, res) => {
    Object.assign(req.session, { user: 'ada' });
    res.redirect('/');
  };
  const saveAndRedirect: Handler = async (req, res) => {
    Object.assign(req.session, { user: 'ada' });
    await settled((callback) => req.session.save(callback));
    res.redirect('/');
  };

  test('reaches the browser while the session is not yet stored', async () => {
    await using relay = await startRelay(redis.port);
    await using slow = await openMergingStore(relay.url, { deadlineMs: 5000 });
    await using instance = await startHandlerApp({ store: slow.store });
    const held = relay.hold('SET');
    const { status, cookie } = await instance.visit('', redirect);
    expect(status).toBe(302);
    await held.reached;
    expect((await app.visit(cookie, guarded)).status).toBe(401);
    held.letGo();
  });

  test('comes after the save where the app waits for it', async () => {
    await using relay = await startRelay(redis.port);
    await using slow = await openMergingStore(relay.url, { deadlineMs: 5000 });
    await using instance = await startHandlerApp({ store: slow.store });
    const held = relay.hold('SET');
    let isAnswered = false;
    const answer = instance.visit('', saveAndRedirect).finally(() => {
      isAnswered = true;
    });
    await held.reached;
    // Another request goes all the way there and back in the meantime.
    await instance.visit('', content);
    expect(isAnswered).toBe(false);
    held.letGo();
    const { status, cookie } = await answer;
    expect(status).toBe(302);
    expect((await app.visit(cookie, guarded)).status).toBe(200);
  });
});

describe('A late request that undoes a logout (#632)', () => {
  /** The status of a guarded route after the logout, and after a write that began before it and ended after it. */
  async function afterLateWrite(on: { readonly write: HandlerApp; readonly logout: HandlerApp }) {
    const { cookie } = await on.logout.visit('', login);
    const bothThere = meeting(2);
    const loggedOut = Promise.withResolvers<void>();
    const lateWrite: Handler = async (req) => {
      await loggedOut.promise;
      req.session.late = true;
    };
    const late = on.write.visit(cookie, bothThere(lateWrite));
    await on.logout.visit(cookie, bothThere(logout));
    loggedOut.resolve();
    // With this store the session's end is an error of the save at the end.
    await (await late).json().catch(() => undefined);
    return (await on.logout.visit(cookie, guarded)).status;
  }

  test('brings the session back with connect-redis', async () => {
    expect(await afterLateWrite({ write: stockApp, logout: stockApp })).toBe(200);
  });

  test('does not with this store', async () => {
    expect(await afterLateWrite({ write: app, logout: app })).toBe(401);
  });

  test('still does while one instance runs connect-redis, wherever the logout is', async () => {
    expect(await afterLateWrite({ write: stockApp, logout: app })).toBe(200);
    expect(await afterLateWrite({ write: app, logout: stockApp })).toBe(401);
  });
});

describe('Parallel writes that are lost (#606, #361)', () => {
  async function afterBoth(instance: HandlerApp, before: Handler, ...writes: readonly Handler[]) {
    const { cookie } = await instance.visit('', before);
    const bothThere = meeting(writes.length);
    await Promise.all(writes.map(async (write) => (await instance.visit(cookie, bothThere(write))).json()));
    return (await instance.visit(cookie, content)).json();
  }
  const cart = put('cart', {});
  const addToCart =
    (name: string): Handler =>
    (req) => {
      Object.assign(Object(req.session.cart), { [name]: 1 });
    };

  test('are lost with connect-redis, also with different keys', async () => {
    const found = await afterBoth(stockApp, put('user', 'ada'), put('a'), put('b'));
    expect(Object.keys(Object(found))).toHaveLength(2);
  });

  test('are both kept with this store, with different keys of the session', async () => {
    expect(await afterBoth(app, cart, put('cart:apple', 1), put('cart:pear', 1))).toEqual({
      cart: {},
      'cart:apple': 1,
      'cart:pear': 1,
    });
  });

  test('are lost with both stores inside of one key', async () => {
    for (const instance of [app, stockApp]) {
      const found = await afterBoth(instance, cart, addToCart('apple'), addToCart('pear'));
      expect(Object.keys(Object(Object(found).cart))).toHaveLength(1);
    }
  });

  test('are put together by a resolver', async () => {
    const click: Handler = (req) => {
      req.session.clicks = Number(req.session.clicks) + 1;
    };
    expect(await afterBoth(app, put('clicks', 0), click, click, click)).toEqual({ clicks: 3 });
  });

  test('of a browser without a cookie are in a session each: the app has to give it one before', async () => {
    const bothThere = meeting(2);
    const answers = await Promise.all(['a', 'b'].map((key) => app.visit('', bothThere(put(key)))));
    const [a, b] = await Promise.all(
      answers.map(async ({ cookie }) => (await app.visit(cookie, content)).json()),
    );
    expect([a, b]).toEqual([{ a: true }, { b: true }]);
  });
});

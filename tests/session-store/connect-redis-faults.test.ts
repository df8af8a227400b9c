// The faults of express-session with connect-redis as its documentation shows it, each over HTTP on two apps that share
// one Redis. They are shown with connect-redis' store, and shown to be absent with the store of this project.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Store } from 'express-session';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { commandsDuring } from '../support/redis-commands.ts';
import { startRelay } from '../support/redis-relay.ts';
import { type OpenStore, openConnectRedisStore, openMergingStore } from '../support/session-stores.ts';
import { type App, Browser, startApp } from './http-apps.ts';

const opened = new AsyncDisposableStack();
let redis: RedisServer;
beforeAll(async () => {
  redis = opened.use(await startRedis());
});
afterAll(() => opened.disposeAsync());

type Opens = (url: string) => Promise<OpenStore<Store>>;
const stores: readonly { name: string; isConnectRedis: boolean; open: Opens }[] = [
  { name: 'connect-redis', isConnectRedis: true, open: openConnectRedisStore },
  { name: 'MergingRedisStore', isConnectRedis: false, open: openMergingStore },
];

describe.each(stores)('With $name', ({ isConnectRedis, open }) => {
  async function twoApps(url = redis.url) {
    await using stack = new AsyncDisposableStack();
    const a = stack.use(await startApp(stack.use(await open(url)).store));
    const b = stack.use(await startApp(stack.use(await open(url)).store));
    const owned = stack.move();
    return { a, b, [Symbol.asyncDispose]: () => owned.disposeAsync() };
  }

  async function loggedIn(app: App): Promise<Browser> {
    const browser = new Browser();
    const { status } = await browser.ask(app, 'POST', '/login');
    expect(status).toBe(200);
    return browser;
  }

  test(`two parallel requests that both write ${isConnectRedis ? 'lose one write' : 'both have it stored'}`, async () => {
    await using apps = await twoApps();
    const browser = await loggedIn(apps.a);
    const gates = [apps.a.gate(), apps.b.gate()];
    const writes = [browser.ask(apps.a, 'POST', '/slow/one'), browser.ask(apps.b, 'POST', '/slow/two')];
    for (const gate of gates) await gate.reached;
    for (const gate of gates) gate.open();
    for (const { status } of await Promise.all(writes)) expect(status).toBe(200);
    const { body } = await browser.ask(apps.a, 'GET', '/me');
    const all = { user: 'ada', one: true, two: true };
    if (isConnectRedis) expect(body).not.toEqual(all);
    else expect(body).toEqual(all);
  });

  test(`after a logout, a request in flight ${isConnectRedis ? 'recreates the session' : 'recreates no session'}`, async () => {
    await using apps = await twoApps();
    const browser = await loggedIn(apps.a);
    const { cookie } = browser;
    const gate = apps.b.gate();
    const inFlight = new Browser();
    inFlight.cookie = cookie;
    const late = inFlight.ask(apps.b, 'POST', '/slow/late');
    await gate.reached;
    await browser.ask(apps.a, 'POST', '/logout');
    gate.open();
    // Its answer was under way already when its session could not be saved.
    expect((await late).status).toBe(200);
    const thief = new Browser();
    thief.cookie = cookie;
    const { body } = await thief.ask(apps.a, 'GET', '/me');
    expect(body).toEqual(isConnectRedis ? { user: 'ada', late: true } : {});
  });

  test(`after a login, a request in flight ${isConnectRedis ? 'recreates the old session' : 'does not recreate the old session'}`, async () => {
    await using apps = await twoApps();
    const browser = await loggedIn(apps.a);
    const { cookie } = browser;
    const gate = apps.b.gate();
    const inFlight = new Browser();
    inFlight.cookie = cookie;
    const late = inFlight.ask(apps.b, 'POST', '/slow/late');
    await gate.reached;
    await browser.ask(apps.a, 'POST', '/login');
    gate.open();
    await late;
    const old = new Browser();
    old.cookie = cookie;
    const { body } = await old.ask(apps.a, 'GET', '/me');
    expect(body).toEqual(isConnectRedis ? { user: 'ada', late: true } : {});
    expect(browser.cookie).not.toBe(cookie);
  });

  test(`a login and a read send ${isConnectRedis ? 'more commands than they need' : 'no command too many'}`, async () => {
    await using apps = await twoApps();
    const login = await commandsDuring(redis, () => loggedIn(apps.a));
    expect(login).toEqual(isConnectRedis ? { del: 1, set: 2 } : { set: 1 });
    const browser = await loggedIn(apps.a);
    const read = await commandsDuring(redis, () => browser.ask(apps.b, 'GET', '/me'));
    expect(read).toEqual(isConnectRedis ? { get: 1, expire: 1 } : { get: 1, pttl: 1 });
  });

  test(`a read takes ${isConnectRedis ? 'two round trips' : 'one round trip'} to Redis`, async () => {
    await using relay = await startRelay(redis.port, 30);
    await using apps = await twoApps(relay.url);
    const browser = await loggedIn(apps.a);
    const times: number[] = [];
    for (let round = 0; round < 5; round++) times.push((await browser.ask(apps.a, 'GET', '/me')).ms);
    const roundTrips = Math.min(...times) / 60;
    expect(Math.floor(roundTrips)).toBe(isConnectRedis ? 2 : 1);
  });

  test(`a paused Redis makes requests ${isConnectRedis ? 'hang' : 'end in 503 within a second'}, and nobody is logged out`, async () => {
    await using own = await startRedis();
    await using apps = await twoApps(own.url);
    const browser = await loggedIn(apps.a);
    own.pause();
    if (isConnectRedis) {
      await expect(browser.ask(apps.a, 'GET', '/me', 2000)).rejects.toThrow('timeout');
    } else {
      for (let request = 0; request < 5; request++) {
        const { status, retryAfter, setCookie, ms } = await browser.ask(apps.a, 'GET', '/me');
        expect({ status, retryAfter, setCookie }).toEqual({
          status: 503,
          retryAfter: '1',
          setCookie: undefined,
        });
        expect(ms).toBeLessThan(1000);
      }
      const { status } = await new Browser().ask(apps.b, 'POST', '/login');
      expect(status).toBe(503);
    }
    own.resume();
  });

  test(`without Redis, requests end ${isConnectRedis ? 'in 500 after seconds' : 'in 503 at once'}`, async () => {
    await using own = await startRedis();
    await using apps = await twoApps(own.url);
    const browser = await loggedIn(apps.a);
    await own.kill();
    const { status, ms, setCookie } = await browser.ask(apps.a, 'GET', '/me');
    expect(status).toBe(isConnectRedis ? 500 : 503);
    expect(setCookie).toBeUndefined();
    if (isConnectRedis) expect(ms).toBeGreaterThan(4000);
    else expect(ms).toBeLessThan(500);
  });

  test(`without Redis, a login that saves only at its end ${
    isConnectRedis ? 'says 200 and stored nothing, after seconds' : 'is answered at once'
  }`, async () => {
    await using own = await startRedis();
    await using apps = await twoApps(own.url);
    await loggedIn(apps.a);
    await own.kill();
    // express-session has sent the head of the answer before any store could say that it failed.
    const { status, ms } = await new Browser().ask(apps.a, 'POST', '/login-without-save');
    expect(status).toBe(200);
    if (isConnectRedis) expect(ms).toBeGreaterThan(4000);
    else expect(ms).toBeLessThan(500);
    if (!isConnectRedis) expect((await new Browser().ask(apps.a, 'POST', '/login')).status).toBe(503);
  });
});

// What an app, or something between it and express-session, makes of `req.session`: null, a Proxy around it, or an object
// of another class. Writing without knowing where a session comes from could undo a logout, so it is never done.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SessionGone } from 'merging-redis-store';
import { commandsDuring } from '../support/redis-commands.ts';
import { type App, Browser, type Routes, startApp } from './http-apps.ts';
import { load, TwoInstances } from './two-instances.ts';

const routes: Routes = (app, atGate) => {
  app.post('/login-after-null', (req, res, next) => {
    const { sessionStore } = req;
    Object.assign(req, { session: null });
    sessionStore.regenerate(req, (error) => {
      if (error) return next(error);
      Object.assign(req.session, { user: 'ada' });
      req.session.save((saveError) => (saveError ? next(saveError) : res.json({ ok: true })));
    });
  });
  app.post('/login-with-proxy', (req, res, next) => {
    req.session = new Proxy(req.session, {});
    req.session.regenerate((error) => {
      if (error) return next(error);
      Object.assign(req.session, { user: 'ada' });
      req.session.save((saveError) => (saveError ? next(saveError) : res.json({ ok: true })));
    });
  });
  app.post('/slow-with-proxy/:key', async (req, res, next) => {
    await atGate();
    req.session = new Proxy(req.session, {});
    Object.assign(req.session, { [req.params.key]: true });
    req.session.save((error) => (error ? next(error) : res.json({ ok: true })));
  });
};

const opened = new AsyncDisposableStack();
let two: TwoInstances;
let a: App;
let b: App;
beforeAll(async () => {
  two = opened.use(await TwoInstances.open());
  a = opened.use(await startApp(two.storeOfA, routes));
  b = opened.use(await startApp(two.storeOfB, routes));
});
afterAll(() => opened.disposeAsync());

async function loggedIn(): Promise<Browser> {
  const browser = new Browser();
  expect((await browser.ask(a, 'POST', '/login')).status).toBe(200);
  return browser;
}

describe('A login', () => {
  test.each(['/login', '/login-after-null', '/login-with-proxy'])(
    'by POST %s ends the old id',
    async (path) => {
      const browser = await loggedIn();
      const thief = browser.copy();
      expect((await browser.ask(b, 'POST', path)).status).toBe(200);
      expect(browser.cookie).not.toBe(thief.cookie);
      expect((await browser.ask(a, 'GET', '/me')).body).toEqual({ user: 'ada' });
      expect((await thief.ask(a, 'GET', '/me')).body).toEqual({});
    },
  );

  test('sends no DEL for a session that is known to be new', async () => {
    const counts = await commandsDuring(two.redis, () => new Browser().ask(a, 'POST', '/login'));
    expect(counts).toEqual({ set: 1 });
  });
});

describe('A Proxy around a session', () => {
  test('does not recreate the session after a logout on another instance', async () => {
    const browser = await loggedIn();
    const inFlight = browser.copy();
    const gate = a.gate();
    const late = inFlight.ask(a, 'POST', '/slow-with-proxy/late');
    await gate.reached;
    await browser.copy().ask(b, 'POST', '/logout');
    gate.open();
    const { status, body } = await late;
    expect({ status, body }).toEqual({ status: 409, body: { error: 'SessionGone' } });
    expect(await two.stored(browser.sessionId)).toBeUndefined();
  });

  test('is written together with what another request has written', async () => {
    const browser = await loggedIn();
    const gate = a.gate();
    const late = browser.copy().ask(a, 'POST', '/slow-with-proxy/one');
    await gate.reached;
    await browser.copy().ask(b, 'POST', '/slow/two');
    gate.open();
    expect((await late).status).toBe(200);
    expect(await two.stored(browser.sessionId)).toEqual({ user: 'ada', one: true, two: true });
  });
});

/** Without the types, which would refuse some of it. */
function hand(id: string, session: object): Promise<void> {
  return Reflect.apply(two.storeOfA.set, two.storeOfA, [id, session]);
}

describe('What is handed to the store', () => {
  /** As a framework's own session, which may have been loaded or not: nobody knows. */
  class OtherSession {
    readonly cookie = { originalMaxAge: 60_000 };
    readonly user = 'ada';
  }

  test.each([
    ['an object of another framework’s class', new OtherSession()],
    ['a session without a cookie', { user: 'ada' }],
    ['a session whose cookie is no object', { user: 'ada', cookie: 'none' }],
  ])('is refused and not written: %s', async (_, session) => {
    const error = { name: 'InvalidSession', code: 'SESSION_INVALID', status: 500 };
    const counts = await commandsDuring(two.redis, () =>
      expect(hand('handed', session)).rejects.toMatchObject(error),
    );
    expect(counts).toEqual({});
  });

  test('does not replace a session that is there', async () => {
    const { id } = await two.login({ user: 'eve' });
    await expect(hand(id, new OtherSession())).rejects.toMatchObject({ code: 'SESSION_INVALID' });
    expect(await two.stored(id)).toEqual({ user: 'eve' });
  });

  test('is stored as it is where it is plain data with a cookie', async () => {
    const plain = { cookie: { originalMaxAge: 60_000 }, user: 'ada' };
    for (const session of [plain, Object.assign(Object.create(null), plain)]) {
      await hand('plain', session);
      expect(await two.stored('plain')).toEqual({ user: 'ada' });
      await two.storeOfA.destroy('plain');
    }
  });

  test('may be a Proxy of what it loaded, and is written as that', async () => {
    const { id } = await two.login({ user: 'ada' });
    const request = await load(two.a, id);
    const proxy = new Proxy(request.session, {});
    await (await load(two.b, id)).destroy();
    proxy.late = true;
    await expect(hand(id, proxy)).rejects.toThrow(SessionGone);
    expect(await two.stored(id)).toBeUndefined();
  });
});

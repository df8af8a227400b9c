// The questions that users of express-session ask most, by the numbers of expressjs/session: those about cookies.
// Each shows the problem, with the stock store or with a mistake of the app, and the answer of the package's README.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Store } from 'express-session';
import { CookieJar } from 'tough-cookie';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { openMergingStore } from '../support/session-stores.ts';
import {
  content,
  guarded,
  type Handler,
  type HandlerApp,
  login,
  logout,
  put,
  startHandlerApp,
} from './handler-app.ts';

const opened = new AsyncDisposableStack();
let redis: RedisServer;
let store: Store;

beforeAll(async () => {
  redis = opened.use(await startRedis());
  store = opened.use(await openMergingStore(redis.url)).store;
  store.setMaxListeners(0); // Each app of these tests listens to it.
});
afterAll(() => opened.disposeAsync());

describe('A session’s end (#189, #732)', () => {
  const idOf: Handler = (req) => req.sessionID;
  const ttlMs = async (id: unknown) => Number(await redis.command('PTTL', `sess:${id}`));

  /** A session of a minute of which half is over, and a request that changes nothing. */
  async function visitAtHalfTime(instance: HandlerApp) {
    const { cookie, setCookie } = await instance.visit('', login);
    const id = await (await instance.visit(cookie, idOf)).json();
    await redis.command('PEXPIRE', `sess:${id}`, '30000');
    const second = await instance.visit(cookie, content);
    await second.json();
    return { first: setCookie, second: second.setCookie, ttlMs: await ttlMs(id) };
  }

  test('moves in Redis with each request, and in the browser only with Set-Cookie', async () => {
    await using instance = await startHandlerApp({ store, cookie: { maxAge: 60_000 } });
    const { first, second, ttlMs } = await visitAtHalfTime(instance);
    expect(ttlMs).toBeGreaterThan(50_000);
    expect(first).toContain('Expires=');
    expect(second).toBeUndefined();
  });

  test('moves in both with `rolling`', async () => {
    await using instance = await startHandlerApp({
      store,
      cookie: { maxAge: 60_000 },
      rolling: true,
    });
    const { second, ttlMs } = await visitAtHalfTime(instance);
    expect(ttlMs).toBeGreaterThan(50_000);
    expect(second).toContain('Expires=');
  });

  test('is in Redis alone without `maxAge`', async () => {
    await using withTtl = await openMergingStore(redis.url, { ttl: 60 });
    await using instance = await startHandlerApp({ store: withTtl.store });
    const { first, ttlMs } = await visitAtHalfTime(instance);
    expect(first).not.toContain('Expires=');
    expect(ttlMs).toBeGreaterThan(50_000);
    expect(ttlMs).toBeLessThanOrEqual(60_000);
  });

  test('moves with each change too: an end that does not move is a date in the session', async () => {
    await using instance = await startHandlerApp({ store, cookie: { maxAge: 60_000 }, rolling: true });
    const guardedByDate: Handler = (req, res) =>
      Number(req.session.endsAt) > Date.now() ? guarded(req, res) : void res.status(401).json({});
    const { cookie } = await instance.visit('', async (req, res) => {
      await login(req, res);
      await put('endsAt', Date.now() + 3_600_000)(req, res);
    });
    expect((await instance.visit(cookie, guardedByDate)).status).toBe(200);
    await instance.visit(cookie, put('endsAt', Date.now() - 1));
    expect((await instance.visit(cookie, guardedByDate)).status).toBe(401);
  });
});

describe('A cookie that outlives destroy (#241)', () => {
  const url = 'http://localhost/shop/';

  /** Whether a browser still has the cookie after a login and this logout. */
  async function cookieAfter(endSession: Handler): Promise<string> {
    await using instance = await startHandlerApp({ store, cookie: { path: '/' } });
    const jar = new CookieJar();
    const { cookie, setCookie = '' } = await instance.visit('', login);
    await jar.setCookie(setCookie, url);
    const answer = await instance.visit(cookie, endSession);
    if (answer.setCookie !== undefined) await jar.setCookie(answer.setCookie, url);
    // It opens nothing.
    expect((await instance.visit(cookie, guarded)).status).toBe(401);
    return jar.getCookieString(url);
  }
  const clear =
    (path: string): Handler =>
    async (req, res) => {
      await logout(req, res);
      res.clearCookie('connect.sid', { path });
    };

  test('stays in the browser and opens nothing', async () => {
    expect(await cookieAfter(logout)).toContain('connect.sid');
  });

  test('stays where it is cleared with other options than its own', async () => {
    expect(await cookieAfter(clear('/shop'))).toContain('connect.sid');
  });

  test('goes where the app clears it with its own options', async () => {
    expect(await cookieAfter(clear('/'))).toBe('');
  });
});

describe('No cookie behind a proxy (#774, #725)', () => {
  const overHttps = { 'x-forwarded-proto': 'https' };

  async function cookieOfLogin(
    { trust }: { trust: boolean },
    secure: true | 'auto',
    headers: Record<string, string>,
  ) {
    await using instance = await startHandlerApp({ store, cookie: { secure, sameSite: 'none' } }, (express) =>
      express.set('trust proxy', trust ? 1 : false),
    );
    const { status, setCookie } = await instance.visit('', login, headers);
    expect(status).toBe(200);
    return setCookie;
  }

  test('is sent as long as the app takes the connection for HTTP', async () => {
    expect(await cookieOfLogin({ trust: false }, true, overHttps)).toBeUndefined();
    expect(await cookieOfLogin({ trust: true }, true, {})).toBeUndefined();
  });

  test('is sent with `secure: auto`, but without Secure, and browsers refuse SameSite=None then', async () => {
    const setCookie = await cookieOfLogin({ trust: false }, 'auto', overHttps);
    expect(setCookie).toContain('SameSite=None');
    expect(setCookie).not.toContain('Secure');
  });

  test('is mended where the app trusts the proxy, and the proxy says that it is HTTPS', async () => {
    for (const secure of [true, 'auto'] as const)
      expect(await cookieOfLogin({ trust: true }, secure, overHttps)).toContain('Secure');
  });
});

// A session's lifetime is chosen by one request ("keep me logged in") while another, which knows the old one, renews it.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { type App, Browser, type Routes, startTwoApps } from './http-apps.ts';

const routes: Routes = (app, atGate) => {
  app.post('/lifetime/:ms', (req, res, next) => {
    req.session.cookie.maxAge = Number(req.params.ms);
    req.session.save((error) => (error ? next(error) : res.json({ ok: true })));
  });
  app.post('/lifetime-without-save/:ms', (req, res) => {
    req.session.cookie.maxAge = Number(req.params.ms);
    res.json({ ok: true });
  });
  app.get('/lifetime', (req, res) => {
    res.json(req.session.cookie.originalMaxAge);
  });
  app.get('/slow-read', async (_req, res) => {
    await atGate();
    res.json({ ok: true });
  });
};

const minuteMs = 60_000;
const dayMs = 86_400_000;

const opened = new AsyncDisposableStack();
let redis: RedisServer;
let a: App;
let b: App;
beforeAll(async () => {
  redis = opened.use(await startRedis());
  ({ a, b } = opened.use(await startTwoApps(redis.url, routes)));
});
afterAll(() => opened.disposeAsync());

async function loggedIn(): Promise<Browser> {
  const browser = new Browser();
  expect((await browser.ask(a, 'POST', '/login')).status).toBe(200);
  return browser;
}

const ttlMs = async ({ sessionId }: Browser): Promise<number> =>
  Number(await redis.command('PTTL', `sess:${sessionId}`));

const lifetime = async (browser: Browser, app: App) => (await browser.ask(app, 'GET', '/lifetime')).body;

const changes = [
  { from: 30 * minuteMs, to: 30 * dayMs, names: '30 minutes become 30 days' },
  { from: 30 * dayMs, to: 30 * minuteMs, names: '30 days become 30 minutes' },
];

describe.each(changes)('When $names', ({ from, to }) => {
  test('a request that had loaded the session before, and renews it after, does not undo it', async () => {
    const browser = await loggedIn();
    await browser.ask(a, 'POST', `/lifetime/${from}`);
    await redis.command('PEXPIRE', `sess:${browser.sessionId}`, String(from * 0.7));
    const gate = b.gate();
    const renewing = browser.copy().ask(b, 'GET', '/slow-read');
    await gate.reached;
    expect((await browser.ask(a, 'POST', `/lifetime/${to}`)).status).toBe(200);
    gate.open();
    expect((await renewing).status).toBe(200);
    const leftMs = await ttlMs(browser);
    expect(leftMs).toBeGreaterThan(to - 10_000);
    expect(leftMs).toBeLessThanOrEqual(to + 1000);
    expect(Math.round(Number(await lifetime(browser, b)) / 1000)).toBe(to / 1000);
  });

  test.each(['/lifetime', '/lifetime-without-save'])(
    'by POST %s and nothing else, that is stored: the next request on another instance knows it, and renews by it',
    async (path) => {
      const browser = await loggedIn();
      await browser.ask(a, 'POST', `/lifetime/${from}`);
      expect((await browser.ask(a, 'POST', `${path}/${to}`)).status).toBe(200);
      expect(Math.round(Number(await lifetime(browser, b)) / 1000)).toBe(to / 1000);
      await redis.command('PEXPIRE', `sess:${browser.sessionId}`, String(to * 0.7));
      await browser.ask(b, 'GET', '/me');
      const leftMs = await ttlMs(browser);
      expect(leftMs).toBeGreaterThan(to - 10_000);
      expect(leftMs).toBeLessThanOrEqual(to + 1000);
    },
  );
});

test('A renewal by a request whose session another request has changed leaves the time to live to that one', async () => {
  const browser = await loggedIn();
  await redis.command('PEXPIRE', `sess:${browser.sessionId}`, String(10 * minuteMs));
  const gate = b.gate();
  const renewing = browser.copy().ask(b, 'GET', '/slow-read');
  await gate.reached;
  await browser.ask(a, 'POST', `/lifetime/${5 * minuteMs}`);
  gate.open();
  await renewing;
  expect(await ttlMs(browser)).toBeLessThanOrEqual(5 * minuteMs);
});

// Sessions of a megabyte, sessions that are too long, and answers of several megabytes whose session has ended meanwhile.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SessionStoreEvent } from 'merging-redis-store';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { commandsDuring } from '../support/redis-commands.ts';
import { sessionData } from '../support/session-requests.ts';
import { openMergingStore } from '../support/session-stores.ts';
import { type App, Browser, type Routes, startTwoApps } from './http-apps.ts';

const answerLength = 8 * 2 ** 20;

const routes: Routes = (app, atGate) => {
  app.post('/fill/:length', (req, res, next) => {
    Object.assign(req.session, { text: 'x'.repeat(Number(req.params.length)) });
    req.session.save((error) => (error ? next(error) : res.json({ ok: true })));
  });
  app.get('/length', (req, res) => {
    res.json(String(Reflect.get(req.session, 'text') ?? '').length);
  });
  app.get('/export', async (req, res) => {
    await atGate();
    Object.assign(req.session, { exported: true });
    res.send('x'.repeat(answerLength));
  });
};

const opened = new AsyncDisposableStack();
let redis: RedisServer;
let a: App;
let b: App;
const events: SessionStoreEvent[] = [];
beforeAll(async () => {
  redis = opened.use(await startRedis());
  ({ a, b } = opened.use(await startTwoApps(redis.url, routes, { observe: (event) => events.push(event) })));
});
afterAll(() => opened.disposeAsync());

async function loggedIn(): Promise<Browser> {
  const browser = new Browser();
  expect((await browser.ask(a, 'POST', '/login')).status).toBe(200);
  return browser;
}

describe('A session of a megabyte', () => {
  test('is stored, loaded and changed on two instances', async () => {
    const browser = await loggedIn();
    for (const [index, app] of [a, b, a, b].entries()) {
      const length = 1_000_000 - index;
      expect((await browser.ask(app, 'POST', `/fill/${length}`)).status).toBe(200);
      expect((await browser.ask(app, 'GET', '/length')).body).toBe(length);
      const writes = [browser.ask(a, 'POST', '/slow/one'), browser.ask(b, 'POST', '/slow/two')];
      expect((await Promise.all(writes)).map(({ status }) => status)).toEqual([200, 200]);
      expect((await browser.ask(b, 'GET', '/me')).body).toMatchObject({ user: 'ada', one: true, two: true });
    }
  });

  test.each([1_100_000, 5_000_000])('and more (%i) is refused, and changes nothing', async (length) => {
    const browser = await loggedIn();
    await browser.ask(a, 'POST', '/fill/10');
    const key = `sess:${browser.sessionId}`;
    const before = await redis.command('GET', key);
    const counts = await commandsDuring(redis, async () => {
      const { status, body } = await browser.ask(a, 'POST', `/fill/${length}`);
      expect(body).toMatchObject({ error: 'SessionTooLarge' });
      expect(status).toBeGreaterThanOrEqual(400);
    });
    expect(counts).not.toHaveProperty('del');
    expect(counts).not.toHaveProperty('set');
    expect(await redis.command('GET', key)).toBe(before);
    expect((await browser.ask(b, 'GET', '/length')).body).toBe(10);
  });

  test('and more is refused for a new session as well', async () => {
    const counts = await commandsDuring(redis, async () => {
      const { body } = await new Browser().ask(a, 'POST', '/fill/1100000');
      expect(body).toMatchObject({ error: 'SessionTooLarge' });
    });
    expect(counts).toEqual({});
  });
});

test('The limit is an option, in characters of what is stored', async () => {
  const options = { deadlineMs: 250, maxTextLength: 1000 };
  await using opening = await openMergingStore(redis.url, options);
  const withText = (length: number) => sessionData({ text: 'x'.repeat(length) });
  const most = 1000 - JSON.stringify(withText(0)).length;
  await opening.store.set('limited', withText(most));
  await expect(opening.store.set('limited', withText(most + 1))).rejects.toMatchObject({
    name: 'SessionTooLarge',
  });
  expect(await opening.store.get('limited')).toMatchObject({ text: 'x'.repeat(most) });
});

test('An answer of 8 MB arrives whole, though its session ended on another instance before the save at its end', async () => {
  const browser = await loggedIn();
  const gate = a.gate();
  const answer = fetch(`${a.url}/export`, { headers: { cookie: browser.cookie } });
  await gate.reached;
  expect((await browser.ask(b, 'POST', '/logout')).status).toBe(200);
  gate.open();
  expect((await (await answer).text()).length).toBe(answerLength);
  expect(events.filter(({ type }) => type === 'gone')).toHaveLength(1);
  expect(await redis.command('EXISTS', `sess:${browser.sessionId}`)).toBe(0);
});

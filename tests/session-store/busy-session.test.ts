// Many requests that write one session at once, as a page that loads a hundred things for one guest does.

import { expect, test } from '@jest/globals';
import { startRedis } from '../support/redis.ts';
import { commandsDuring } from '../support/redis-commands.ts';
import { startRelay } from '../support/redis-relay.ts';
import { type App, Browser, type Routes, startTwoApps } from './http-apps.ts';
import { load, TwoInstances } from './two-instances.ts';

const routes: Routes = (app) => {
  app.post('/write/:key/:value', (req, res, next) => {
    Object.assign(req.session, { [req.params.key]: Number(req.params.value) });
    req.session.save((error) => (error ? next(error) : res.json({ ok: true })));
  });
};

test('With Redis 2 ms away, 100 parallel writers of one session on two instances and everybody else are all served', async () => {
  await using redis = await startRedis();
  await using relay = await startRelay(redis.port, 1);
  await using apps = await startTwoApps(relay.url, routes);
  const guest = new Browser();
  await guest.ask(apps.a, 'POST', '/write/start/1');
  const untilMs = performance.now() + 4000;
  const statuses = { writers: {} as Record<number, number>, others: {} as Record<number, number> };
  const acknowledged: Record<string, number> = {};
  const appOf = (index: number): App => (index % 2 === 0 ? apps.a : apps.b);

  const writers = Array.from({ length: 100 }, async (_, index) => {
    const browser = guest.copy();
    const key = `key${index}`;
    for (let value = 1; performance.now() < untilMs; value++) {
      const { status } = await browser.ask(appOf(index + value), 'POST', `/write/${key}/${value}`);
      statuses.writers[status] = (statuses.writers[status] ?? 0) + 1;
      if (status === 200) acknowledged[key] = value;
    }
  });
  const others = Array.from({ length: 10 }, async (_, index) => {
    const browser = new Browser();
    for (let round = 0; performance.now() < untilMs; round++) {
      const path = round === 0 ? '/login' : '/slow/page';
      const { status } = await browser.ask(appOf(index + round), 'POST', path);
      statuses.others[status] = (statuses.others[status] ?? 0) + 1;
    }
  });
  await Promise.all([...writers, ...others]);

  expect(statuses).toEqual({ writers: { 200: expect.any(Number) }, others: { 200: expect.any(Number) } });
  const { body } = await guest.ask(apps.a, 'GET', '/me');
  expect(body).toEqual({ start: 1, ...acknowledged });
}, 60_000);

test('100 saves of one session at once on one instance are few commands', async () => {
  await using two = await TwoInstances.open();
  const { id } = await two.login({ user: 'ada' });
  const requests = await Promise.all(Array.from({ length: 100 }, () => load(two.a, id)));
  for (const [index, request] of requests.entries()) request.session[`key${index}`] = index;
  // EVAL where Redis does not know the script yet.
  const { evalsha = 0, eval: evals = 0 } = await commandsDuring(two.redis, () =>
    Promise.all(requests.map((request) => request.save())),
  );
  expect(evalsha + evals).toBeLessThan(10);
  const expected = Object.fromEntries(requests.map((_, index) => [`key${index}`, index]));
  expect(await two.stored(id)).toEqual({ user: 'ada', ...expected });
});

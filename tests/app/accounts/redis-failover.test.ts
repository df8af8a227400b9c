// A Redis that has lost its last moment, as after a failover to a replica that was behind: what was ended in it is back. The
// instances know from Postgres what has ended.

import { afterAll, expect, test } from '@jest/globals';
import { RESP_TYPES } from 'redis';
import { startApp } from '../../support/app.ts';
import { Browser } from '../../support/browser.ts';
import { startTwoApps } from '../../support/two-apps.ts';
import { until } from '../../support/wait.ts';

const pollMs = 300;
/** For the statements themselves, on a busy machine. */
const slackMs = 500;
const two = await startTwoApps({ EPOCH_POLL_MS: String(pollMs) });
const { redis, postgres, a, b } = two;
afterAll(async () => two[Symbol.asyncDispose]());

const settings = { SESSION_STRATEGY: 'redis', REDIS_URL: redis.url, DATABASE_URL: postgres.url };
const who = { username: 'ada', password: 'correct horse' };
const eventsOfTheApp = () =>
  [...a.log(), ...b.log()].filter(({ event, by }) => event === 'session_ended' && by === 'app');

/** What Redis holds now, to be put back later as it was: every key, and no key that came since. */
async function stateOfRedis() {
  const names = await redis.ask((client) => client.keys('*'));
  const dumps = await redis.ask((client) => {
    const binary = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    return Promise.all(names.map(async (name) => ({ name, dump: await binary.dump(name) })));
  });
  return {
    restore: () =>
      redis.ask(async (client) => {
        await client.flushAll();
        for (const { name, dump } of dumps) {
          if (dump === null) throw new Error(`no value of ${name}`);
          await client.restore(name, 600_000, dump);
        }
      }),
  };
}

/** The cookies are sent by hand: the app clears those that it refuses. */
const statusesWith = (cookie: string, urls = [a.url, b.url]) =>
  Promise.all(urls.map(async (url) => (await new Browser(url).get('/api/v1/me', { Cookie: cookie })).status));

test('a session that was ended and is back in Redis is refused on all instances, and by one that starts', async () => {
  const [owner, thief] = [new Browser(a.url), new Browser(b.url)];
  expect((await owner.post('/api/v1/signup', who)).status).toBe(201);
  expect((await thief.post('/api/v1/login', who)).status).toBe(200);
  const stolen = await thief.cookie();
  const before = await stateOfRedis();
  expect((await owner.send('DELETE', '/api/v1/sessions')).status).toBe(200);
  expect(await statusesWith(stolen)).toEqual([401, 401]);
  const endedAt = performance.now();

  await before.restore();
  const late = startApp({ ...settings, STARTUP_WAIT_MS: '10000' });
  await until('two polls are over', () => performance.now() - endedAt > 2 * pollMs + slackMs);
  // Asked once each: what is refused is deleted, and the second instance would be told so by Redis.
  const [first] = await statusesWith(stolen, [a.url]);
  expect(first).toBe(401);
  expect(eventsOfTheApp()).toHaveLength(1);
  await before.restore();
  const [second] = await statusesWith(stolen, [b.url]);
  expect(second).toBe(401);
  expect(eventsOfTheApp()).toHaveLength(2);
  await before.restore();
  await using started = await late;
  expect(await statusesWith(stolen, [started.url])).toEqual([401]);
});

test('without an end in Postgres it would be back: the test does restore it', async () => {
  const browser = new Browser(a.url);
  expect((await browser.post('/api/v1/login', who)).status).toBe(200);
  const cookie = await browser.cookie();
  const before = await stateOfRedis();
  await browser.post('/api/v1/logout');
  expect(await statusesWith(cookie)).toEqual([401, 401]);
  await before.restore();
  expect(await statusesWith(cookie)).toEqual([200, 200]);
});

// A new session secret on instances that are replaced one after the other: while a step is half done, requests of one user
// reach instances with the list of before and with the list of after.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.ts';
import { Browser } from '../../support/browser.ts';
import { startPostgres } from '../../support/postgres.ts';
import { startRedis } from '../../support/redis.ts';

const former = 'the first secret of the tests is long enough';
const next = 'the next secret of the tests is long enough';

const opened = new AsyncDisposableStack();
let settings: Record<string, string>;
beforeAll(async () => {
  const redis = opened.use(await startRedis());
  const postgres = opened.use(await startPostgres());
  settings = { SESSION_STRATEGY: 'redis', REDIS_URL: redis.url, DATABASE_URL: postgres.url };
});
afterAll(() => opened.disposeAsync());

const instanceWith = (secrets: readonly string[]) =>
  startApp({ ...settings, SESSION_SECRET: secrets.join('\n') });

let number = 0;
async function loggedInAt({ url }: TestApp): Promise<Browser> {
  const browser = new Browser(url);
  const body = { username: `reader-${++number}`, password: 'correct horse' };
  expect(await browser.post('/api/v1/signup', body)).toMatchObject({ status: 201 });
  return browser;
}

const statusAt = async (browser: Browser, { url }: TestApp) =>
  (await browser.at(url).get('/api/v1/me')).status;

const steps = [
  { step: 'all learn to verify the new one', before: [former], after: [former, next] },
  { step: 'the new one signs', before: [former, next], after: [next, former] },
  { step: 'the former one is removed', before: [next, former], after: [next] },
];

describe.each(steps)('While $step', ({ before, after }) => {
  test.each([1, 2])('nobody is logged out, with %i of 3 instances replaced', async (replaced) => {
    await using stack = new AsyncDisposableStack();
    const lists = Array.from({ length: 3 }, (_, index) => (index < replaced ? after : before));
    const instances: TestApp[] = [];
    for (const list of lists) instances.push(stack.use(await instanceWith(list)));
    const readers = await Promise.all([...instances, ...instances].map(loggedInAt));
    const statuses: number[] = [];
    // Each answer may sign the cookie again, with the secret of the instance that gave it.
    for (const reader of readers) {
      for (const instance of [...instances, ...instances.toReversed()]) {
        statuses.push(await statusAt(reader, instance));
      }
    }
    expect(statuses).toEqual(new Array(36).fill(200));
  });
});

test('a secret that signs before every instance knows it is refused by those that do not', async () => {
  await using replaced = await instanceWith([next, former]);
  await using notYet = await instanceWith([former]);
  expect(await statusAt(await loggedInAt(replaced), notYet)).toBe(401);
});

test('a secret that is removed ends the sessions that it signed and that were not used since', async () => {
  await using both = await instanceWith([former, next]);
  await using removed = await instanceWith([next]);
  expect(await statusAt(await loggedInAt(both), removed)).toBe(401);
});

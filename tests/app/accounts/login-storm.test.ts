// How long reads take while four users log in at once. In a process of its own, with the 12 rounds of production.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startAppProcess } from '../../support/app.ts';
import { Browser } from '../../support/browser.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';

const credentials = { username: 'ada', password: 'correct horse' };
const opened = new AsyncDisposableStack();
let redis: RedisServer;
let postgres: TestPostgres;
beforeAll(async () => {
  redis = opened.use(await startRedis());
  postgres = opened.use(await startPostgres());
});
afterAll(() => opened.disposeAsync());

const timed = async (work: () => Promise<unknown>) => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};

test.each([
  { threads: '0', strategy: 'connect-redis', does: 'wait for whole logins with hashing on the event loop' },
  { threads: '1', strategy: 'redis', does: 'do not wait for logins with hashing in a thread' },
])(
  'reads $does',
  async ({ threads, strategy }) => {
    await using app = await startAppProcess({
      ...{ SESSION_STRATEGY: strategy, HASH_THREADS: threads, BCRYPT_ROUNDS: '12' },
      ...{ REDIS_URL: redis.url, DATABASE_URL: postgres.url },
      // This is about reads. On a busy machine the last of four logins would be refused for having waited.
      HASH_LONGEST_WAIT_MS: '60000',
    });
    const reader = new Browser(app.url);
    const known = (await reader.post('/api/v1/signup', credentials)).status === 201;
    if (!known) expect((await reader.post('/api/v1/login', credentials)).status).toBe(200);
    const logIn = () => new Browser(app.url).post('/api/v1/login', credentials);
    const oneLoginMs = Math.min(await timed(logIn), await timed(logIn));

    let over = false;
    const logins = Promise.all(Array.from({ length: 4 }, logIn)).finally(() => {
      over = true;
    });
    const reads: Promise<number>[] = [];
    while (!over) {
      // Not one after the other: then a read that waits long would be only one of few.
      reads.push(timed(async () => expect((await reader.get('/api/v1/me')).status).toBe(200)));
      await sleep(20);
    }
    expect((await logins).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const times = (await Promise.all(reads)).sort((a, b) => a - b);
    const median = times[Math.floor(times.length / 2)] ?? 0;
    // Compared with one login on this machine in this minute, and by the median, because single reads are noisy.
    if (threads === '0') expect(median).toBeGreaterThan(oneLoginMs);
    else expect(median).toBeLessThan(oneLoginMs / 2);
  },
  60_000,
);

// A throttle whose Redis is down must not open the door, and must not make anybody wait.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { until } from '../../support/wait.ts';
import { password, startThreeApps, type ThreeApps, tally } from './guesses.ts';

let three: ThreeApps | undefined;
afterEach(async () => {
  await three?.[Symbol.asyncDispose]();
});

/** A busy machine is late with both: an answer is held against a timer of the same moments. */
async function timed<T>(work: () => Promise<T>) {
  const start = performance.now();
  return { answer: await work(), ms: performance.now() - start };
}

test.each(['killed', 'paused'] as const)(
  'with Redis %s a login gets 503 within a second',
  async (how) => {
    three = await startThreeApps({ STORE_DEADLINE_MS: '' });
    const { redis, post } = three;
    const ada = { username: 'ada', password };
    expect((await post('/api/v1/signup', ada, '192.0.2.1')).status).toBe(201);
    if (how === 'killed') await redis.kill();
    else redis.pause();
    try {
      for (const body of [ada, { ...ada, password: 'wrong horse' }]) {
        const control = timed(() => sleep(1000));
        const answers = Array.from({ length: 6 }, () =>
          timed(() => post('/api/v1/login', body, '192.0.2.1')),
        );
        const { ms: controlMs } = await control;
        for (const { answer, ms } of await Promise.all(answers)) {
          expect(answer.status).toBe(503);
          expect(answer.headers.get('retry-after')).toBe('1');
          expect(ms).toBeLessThan(2 * controlMs);
        }
      }
    } finally {
      if (how === 'killed') await redis.start();
      else redis.resume();
    }
    // What came in the outage is not counted: all 10 are left.
    await until('all three instances have Redis back', async () => {
      const logins = Array.from({ length: 3 }, () => post('/api/v1/login', ada, '192.0.2.9'));
      return (await Promise.all(logins)).every(({ status }) => status === 200);
    });
    const guesses = Array.from({ length: 12 }, () =>
      post('/api/v1/login', { ...ada, password: 'wrong horse' }, '192.0.2.1'),
    );
    expect(tally(await Promise.all(guesses))).toEqual({ 401: 10, 429: 2 });
  },
  60_000,
);

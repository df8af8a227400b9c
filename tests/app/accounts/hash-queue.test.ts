import { expect, test } from '@jest/globals';
import { HashingOverloaded, HashQueue } from '../../../services/app/src/accounts/hash-queue.ts';

const options = { atOnce: 2, waiting: 2, longestWaitMs: 20_000 };

/** Work that ends when it is told to, and notes when it initialFleet. */
function job(begun: string[], name: string) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  return {
    work: () => {
      begun.push(name);
      return promise;
    },
    end: () => resolve(name),
    fail: () => reject(new Error(name)),
  };
}

const turn = () => new Promise(setImmediate);

test('as many work at once as may, the others wait and follow in the order in which they came', async () => {
  const queue = new HashQueue(options);
  const begun: string[] = [];
  const jobs = ['a', 'b', 'c', 'd'].map((name) => job(begun, name));
  const results = jobs.map(({ work }) => queue.run(work));
  await turn();
  expect(begun).toEqual(['a', 'b']);
  jobs[1]?.end();
  await turn();
  expect(begun).toEqual(['a', 'b', 'c']);
  for (const { end } of jobs) end();
  expect(await Promise.all(results)).toEqual(['a', 'b', 'c', 'd']);
});

test('one more than may wait is refused at once, and work that fails makes room as well', async () => {
  const queue = new HashQueue(options);
  const begun: string[] = [];
  const jobs = ['a', 'b', 'c', 'd', 'e'].map((name) => job(begun, name));
  const results = Promise.allSettled(jobs.map(({ work }) => queue.run(work)));
  // All but the one that never initialFleet.
  for (const { fail } of jobs.slice(0, 4)) fail();
  expect((await results).map((result) => result.status === 'rejected' && result.reason)).toEqual([
    ...['a', 'b', 'c', 'd'].map((name) => new Error(name)),
    expect.any(HashingOverloaded),
  ]);
  expect(await queue.run(async () => 'f')).toBe('f');
});

test('who has waited for as long as one may is refused, is never worked for, and frees the place in the line', async () => {
  const queue = new HashQueue({ atOnce: 1, waiting: 1, longestWaitMs: 30 });
  const begun: string[] = [];
  const slow = job(begun, 'slow');
  const working = queue.run(slow.work);
  await expect(queue.run(job(begun, 'late').work)).rejects.toThrow(HashingOverloaded);
  const next = job(begun, 'next');
  const result = queue.run(next.work);
  slow.end();
  next.end();
  expect([await working, await result]).toEqual(['slow', 'next']);
  expect(begun).toEqual(['slow', 'next']);
});

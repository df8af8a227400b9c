import { expect, test } from '@jest/globals';
import { HashingOverloaded, HashQueue } from '../../../services/app/src/accounts/hash-queue.ts';

const options = { concurrency: 2, maxWaiting: 2, longestWaitMs: 20_000 };

/** Work that notes when it begins, and ends when it is told to. */
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

const eventLoopTurn = () => new Promise(setImmediate);

test('work runs up to the concurrency, the rest waits and follows in the order in which it came', async () => {
  const queue = new HashQueue(options);
  const begun: string[] = [];
  const jobs = ['a', 'b', 'c', 'd'].map((name) => job(begun, name));
  const results = jobs.map(({ work }) => queue.run(work));
  await eventLoopTurn();
  expect(begun).toEqual(['a', 'b']);
  jobs[1]?.end();
  await eventLoopTurn();
  expect(begun).toEqual(['a', 'b', 'c']);
  for (const { end } of jobs) end();
  expect(await Promise.all(results)).toEqual(['a', 'b', 'c', 'd']);
});

test('work beyond the queue is refused at once, and work that fails frees its slot as well', async () => {
  const queue = new HashQueue(options);
  const begun: string[] = [];
  const jobs = ['a', 'b', 'c', 'd', 'e'].map((name) => job(begun, name));
  const results = Promise.allSettled(jobs.map(({ work }) => queue.run(work)));
  // All but the one that never begins.
  for (const { fail } of jobs.slice(0, 4)) fail();
  expect((await results).map((result) => result.status === 'rejected' && result.reason)).toEqual([
    ...['a', 'b', 'c', 'd'].map((name) => new Error(name)),
    expect.any(HashingOverloaded),
  ]);
  expect(await queue.run(async () => 'f')).toBe('f');
});

test('work that has waited for too long is refused, never runs, and frees its place in the queue', async () => {
  const queue = new HashQueue({ concurrency: 1, maxWaiting: 1, longestWaitMs: 30 });
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

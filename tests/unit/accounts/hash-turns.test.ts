import { expect, test } from '@jest/globals';
import { HashingOverloaded, HashTurns } from '../../../services/app/src/accounts/hash-turns.ts';

const options = { atOnce: 2, waiting: 2, longestWaitMs: 20_000 };

/** Work that ends when it is told to, and notes when it begins. */
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
  const turns = new HashTurns(options);
  const begun: string[] = [];
  const jobs = ['a', 'b', 'c', 'd'].map((name) => job(begun, name));
  const results = jobs.map(({ work }) => turns.take(work));
  await turn();
  expect(begun).toEqual(['a', 'b']);
  jobs[1]?.end();
  await turn();
  expect(begun).toEqual(['a', 'b', 'c']);
  for (const { end } of jobs) end();
  expect(await Promise.all(results)).toEqual(['a', 'b', 'c', 'd']);
});

test('one more than may wait is refused at once, and work that fails makes room as well', async () => {
  const turns = new HashTurns(options);
  const begun: string[] = [];
  const jobs = ['a', 'b', 'c', 'd', 'e'].map((name) => job(begun, name));
  const results = Promise.allSettled(jobs.map(({ work }) => turns.take(work)));
  // All but the one that never begins.
  for (const { fail } of jobs.slice(0, 4)) fail();
  expect((await results).map((result) => result.status === 'rejected' && result.reason)).toEqual([
    ...['a', 'b', 'c', 'd'].map((name) => new Error(name)),
    expect.any(HashingOverloaded),
  ]);
  expect(await turns.take(async () => 'f')).toBe('f');
});

test('who has waited for as long as one may is refused, is never worked for, and frees the place in the line', async () => {
  const turns = new HashTurns({ atOnce: 1, waiting: 1, longestWaitMs: 30 });
  const begun: string[] = [];
  const slow = job(begun, 'slow');
  const working = turns.take(slow.work);
  await expect(turns.take(job(begun, 'late').work)).rejects.toThrow(HashingOverloaded);
  const next = job(begun, 'next');
  const result = turns.take(next.work);
  slow.end();
  next.end();
  expect([await working, await result]).toEqual(['slow', 'next']);
  expect(begun).toEqual(['slow', 'next']);
});

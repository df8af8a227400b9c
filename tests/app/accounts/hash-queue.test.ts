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

/** A queue whose only slot is taken until the returned function is called. */
function busyQueue(maxWaiting: number) {
  const queue = new HashQueue({ concurrency: 1, maxWaiting, longestWaitMs: 20_000 });
  const { promise, resolve } = Promise.withResolvers<void>();
  const first = queue.run(() => promise);
  const begun: string[] = [];
  const wait = (client: string, name: string, signal = new AbortController().signal) => {
    const result = queue.run(async () => void begun.push(name), { client, signal });
    return result.then(
      () => 'done',
      (reason: unknown) => (reason instanceof Error ? reason.name : String(reason)),
    );
  };
  const finish = async () => {
    resolve();
    await first;
  };
  return { queue, begun, wait, finish };
}

test('clients that wait take turns, whatever the number of their hashes', async () => {
  const { begun, wait, finish } = busyQueue(10);
  const results = [wait('a', 'a1'), wait('a', 'a2'), wait('a', 'a3'), wait('b', 'b1'), wait('c', 'c1')];
  results.push(wait('b', 'b2'));
  await finish();
  await Promise.all(results);
  expect(begun).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
});

test('in a full queue another client takes the place of the last hash of the one that has the most', async () => {
  const { begun, wait, finish } = busyQueue(4);
  const flood = ['a1', 'a2', 'a3', 'a4', 'a5'].map((name) => wait('a', name));
  const others = [wait('b', 'b1'), wait('b', 'b2'), wait('b', 'b3')];
  await finish();
  expect(await Promise.all(flood)).toEqual(['done', 'done', ...Array(3).fill('HashingOverloaded')]);
  // Two each: now nobody has more than the other.
  expect(await Promise.all(others)).toEqual(['done', 'done', 'HashingOverloaded']);
  expect(begun).toEqual(['a1', 'b1', 'a2', 'b2']);
});

test('who has gone leaves the queue at once, and the place is free', async () => {
  const { begun, wait, finish } = busyQueue(2);
  const controller = new AbortController();
  const gone = [wait('a', 'a1', controller.signal), wait('a', 'a2', controller.signal)];
  expect(await wait('a', 'a3')).toBe('HashingOverloaded');
  controller.abort(new RangeError('gone'));
  expect(await Promise.all(gone)).toEqual(['RangeError', 'RangeError']);
  const next = wait('a', 'a4');
  await finish();
  expect(await next).toBe('done');
  expect(begun).toEqual(['a4']);
  expect(await wait('a', 'a5', controller.signal)).toBe('RangeError');
});

test('a queue without room for anybody refuses whoever would wait', async () => {
  const { wait, finish } = busyQueue(0);
  expect(await wait('a', 'a1')).toBe('HashingOverloaded');
  await finish();
  expect(await wait('a', 'a2')).toBe('done');
});

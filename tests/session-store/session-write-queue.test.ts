import { expect, test } from '@jest/globals';
import { SessionWriteQueue } from '../../services/session-store/src/session-write-queue.ts';

test('Work on one session is done in the order in which it came, and another session’s beside it', async () => {
  const queue = new SessionWriteQueue();
  const done: string[] = [];
  const first = Promise.withResolvers<void>();
  const all = [
    queue.take('a', () => first.promise.then(() => void done.push('a1'))),
    queue.take('a', async () => void done.push('a2')),
    queue.take('b', async () => void done.push('b1')),
  ];
  await all[2];
  expect(done).toEqual(['b1']);
  first.resolve();
  await Promise.all(all);
  expect(done).toEqual(['b1', 'a1', 'a2']);
});

test('Work that fails does not keep what comes after it from being done', async () => {
  const queue = new SessionWriteQueue();
  const failed = queue.take('a', () => Promise.reject(new Error('no')));
  const next = queue.take('a', async () => 1);
  await expect(failed).rejects.toThrow('no');
  expect(await next).toBe(1);
});

test('What is known of a session is handed on to the next in line, and forgotten when there is none', async () => {
  const queue = new SessionWriteQueue();
  const known: (string | undefined)[] = [];
  const work = (text: string) =>
    queue.take('a', async (turn) => {
      known.push(turn.latestText);
      turn.latestText = text;
    });
  await Promise.all([work('one'), work('two')]);
  await new Promise(setImmediate);
  await work('three');
  expect(known).toEqual([undefined, 'one', undefined]);
});

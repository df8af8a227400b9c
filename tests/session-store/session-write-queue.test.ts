import { expect, test } from '@jest/globals';
import { SessionWriteQueue } from '../../services/session-store/src/session-write-queue.ts';

test('Writes of one session run in the order in which they came, beside those of another session', async () => {
  const queue = new SessionWriteQueue();
  const done: string[] = [];
  const first = Promise.withResolvers<void>();
  const all = [
    queue.run('a', () => first.promise.then(() => void done.push('a1'))),
    queue.run('a', async () => void done.push('a2')),
    queue.run('b', async () => void done.push('b1')),
  ];
  await all[2];
  expect(done).toEqual(['b1']);
  first.resolve();
  await Promise.all(all);
  expect(done).toEqual(['b1', 'a1', 'a2']);
});

test('A write that fails does not stop the next one', async () => {
  const queue = new SessionWriteQueue();
  const failed = queue.run('a', () => Promise.reject(new Error('no')));
  const next = queue.run('a', async () => 1);
  await expect(failed).rejects.toThrow('no');
  expect(await next).toBe(1);
});

test('What a write has stored is known to the next in the queue, and forgotten when the queue is empty', async () => {
  const queue = new SessionWriteQueue();
  const known: (string | undefined)[] = [];
  const write = (text: string) =>
    queue.run('a', async (lastWrite) => {
      known.push(lastWrite.text);
      lastWrite.text = text;
    });
  await Promise.all([write('one'), write('two')]);
  await new Promise(setImmediate);
  await write('three');
  expect(known).toEqual([undefined, 'one', undefined]);
});

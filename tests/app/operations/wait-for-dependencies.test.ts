import { expect, test } from '@jest/globals';
import { waitForDependencies } from '../../../services/app/src/operations/wait-for-dependencies.ts';

const { signal: never } = new AbortController();

test('waits for a dependency that answers after a while', async () => {
  let asked = 0;
  const late = async () => {
    asked += 1;
    if (asked < 3) throw new Error('not yet');
  };
  expect(await waitForDependencies([late, async () => {}], 5_000, never)).toBe(true);
  expect(asked).toBe(3);
});

test('stops waiting at its deadline for dependencies that fail or do not answer', async () => {
  const fails = async () => {
    throw new Error('down');
  };
  const hangs = () => new Promise<never>(() => {});
  const start = performance.now();
  expect(await waitForDependencies([fails, hangs], 200, never)).toBe(false);
  expect(performance.now() - start).toBeLessThan(2_000);
});

test('stops waiting at once when it is told to', async () => {
  const stop = new AbortController();
  const hangs = () => new Promise<never>(() => {});
  const fails = async () => {
    throw new Error('down');
  };
  const waiting = waitForDependencies([fails, hangs], 60_000, stop.signal);
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow();
});

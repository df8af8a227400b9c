import { expect, test } from '@jest/globals';
import { waitForDependencies } from '../../../services/app/src/operations/wait-for-dependencies.ts';

test('waits for a part that answers after a while', async () => {
  let asked = 0;
  const late = async () => {
    asked += 1;
    if (asked < 3) throw new Error('not yet');
  };
  expect(await waitForDependencies([late, async () => {}], 5_000)).toBe(true);
  expect(asked).toBe(3);
});

test('waits no longer than it has patience for a part that fails or keeps silent', async () => {
  const fails = async () => {
    throw new Error('away');
  };
  const silent = () => new Promise<never>(() => {});
  const start = performance.now();
  expect(await waitForDependencies([fails, silent], 200)).toBe(false);
  expect(performance.now() - start).toBeLessThan(2_000);
});

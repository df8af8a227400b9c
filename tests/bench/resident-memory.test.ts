import { expect, test } from '@jest/globals';
import { residentMiB } from '../../services/bench/src/load/resident-memory.ts';

const onLinux = process.platform === 'linux' ? test : test.skip;
if (process.platform !== 'linux')
  process.stderr.write('Skipped: only Linux tells how much memory a process has.\n');

onLinux('tells what the process itself says', () => {
  const mib = residentMiB(process.pid) ?? 0;
  expect(mib / (process.memoryUsage.rss() / 2 ** 20)).toBeCloseTo(1, 1);
});

test('of a process that is not there it tells nothing', () => {
  expect(residentMiB(2 ** 30)).toBeUndefined();
});

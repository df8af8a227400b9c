import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { processorTimeUs } from '../../services/bench/src/load/processor-time.ts';
import { until } from '../support/wait.ts';

const onLinux = process.platform === 'linux' ? test : test.skip;
if (process.platform !== 'linux')
  console.log('Skipped: only Linux tells the processor time to the microsecond.');

onLinux(
  'counts the work of a process and of its threads, and not its waiting',
  async () => {
    const work = 'const end = process.cpuUsage().user + 50000; while (process.cpuUsage().user < end);';
    const worker = `new (require('node:worker_threads').Worker)(${JSON.stringify(`${work} setInterval(() => {}, 1e6)`)}, { eval: true });`;
    const child = spawn(process.execPath, ['-e', `${work} ${worker} setInterval(() => {}, 1e6)`]);
    try {
      await until('it has worked', () => (processorTimeUs(child.pid ?? 0) ?? 0) > 100_000);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
  },
  30_000,
);

test('is unknown of a process that is not there', () => {
  expect(processorTimeUs(2 ** 30)).toBeUndefined();
});

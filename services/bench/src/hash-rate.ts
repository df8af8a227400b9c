// How fast this machine hashes with nothing around it: a program of its own that compares passwords in worker threads, as
// a login does. Takes a HashJob as JSON in its one argument and answers with a HashReport in one line of JSON.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type HashJob, type HashReport, hashJob } from './hash-job.ts';

const job = hashJob.parse(JSON.parse(process.argv[2] ?? 'null'));
const alone = await hashesPerSecond(1, job);
const together = job.threads === 1 ? alone : await hashesPerSecond(job.threads, job);
const report: HashReport = { oneAloneMs: 1000 / alone, perSecondTogether: together };
console.log(JSON.stringify(report));

/** The sum over all threads, which begin at the same time. */
async function hashesPerSecond(threads: number, workerData: HashJob): Promise<number> {
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL('./hash-worker.ts', import.meta.url), { workerData }),
  );
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const rates = workers.map((worker) => once(worker, 'message'));
  for (const worker of workers) worker.postMessage('begin');
  return (await Promise.all(rates)).reduce((sum, [rate]) => sum + Number(rate), 0);
}

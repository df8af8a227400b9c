// How fast this machine hashes when it does nothing else: a program of its own that compares passwords in worker threads,
// as a login does. Takes a HashRateJob as JSON in its one argument and answers with a HashRateReport in one line of JSON.
// Each of its threads runs this file, too.

import { once } from 'node:events';
import { isMainThread, type MessagePort, parentPort, Worker, workerData } from 'node:worker_threads';
import { compareSync, hashSync } from 'bcryptjs';
import { type HashRateJob, type HashRateReport, hashRateJob } from './hash-rate-job.ts';

if (isMainThread) {
  const job = hashRateJob.parse(JSON.parse(process.argv[2] ?? 'null'));
  console.log(JSON.stringify(await measureHashRate(job)));
} else if (parentPort !== null) {
  await runThread(parentPort, hashRateJob.parse(workerData));
}

async function measureHashRate(job: HashRateJob): Promise<HashRateReport> {
  const alone = await hashesPerSecond(1, job);
  const together = job.threads === 1 ? alone : await hashesPerSecond(job.threads, job);
  return { oneAloneMs: 1000 / alone, perSecondTogether: together };
}

/** The sum over all threads, which begin at the same time. */
async function hashesPerSecond(threads: number, workerData: HashRateJob): Promise<number> {
  const workers = Array.from({ length: threads }, () => new Worker(new URL(import.meta.url), { workerData }));
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const rates = workers.map((worker) => once(worker, 'message'));
  for (const worker of workers) worker.postMessage('begin');
  return (await Promise.all(rates)).reduce((sum, [rate]) => sum + Number(rate), 0);
}

/** Says when it is ready, waits for the word to begin, and says how many hashes per second it made. */
async function runThread(parent: MessagePort, { bcryptRounds, measureMs }: HashRateJob): Promise<void> {
  // The first hash has V8 compile the code.
  const hash = hashSync('a password', bcryptRounds);
  parent.postMessage('ready');
  await once(parent, 'message');

  const beganMs = performance.now();
  let hashes = 0;
  while (performance.now() - beganMs < measureMs) {
    compareSync('a password', hash);
    hashes++;
  }
  parent.postMessage((hashes * 1000) / (performance.now() - beganMs));
  parent.close();
}

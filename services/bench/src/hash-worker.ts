// One thread of hash-rate.ts: says when it is ready, and after the word to begin how many hashes per second it made.

import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { compareSync, hashSync } from 'bcryptjs';
import { hashJob } from './hash-job.ts';

if (parentPort === null) throw new TypeError('hash-worker.ts is run as a worker thread');
const { rounds, measureMs } = hashJob.parse(workerData);
// Makes V8 compile it, too.
const hash = hashSync('a password', rounds);
parentPort.postMessage('ready');
await once(parentPort, 'message');

const beganMs = performance.now();
let hashes = 0;
while (performance.now() - beganMs < measureMs) {
  compareSync('a password', hash);
  hashes++;
}
parentPort.postMessage((hashes * 1000) / (performance.now() - beganMs));
parentPort.close();

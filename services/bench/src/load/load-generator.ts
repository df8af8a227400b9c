// The load generator: a program of its own, so that neither the bench nor another load delays it. Takes a LoadJob as JSON
// in its one argument and answers with a LoadReport in one line of JSON.

import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { type LoadJob, type LoadPace, type LoadReport, loadJob } from './load-job.ts';
import { LoadRecorder } from './load-recorder.ts';
import { sendRequest } from './send-request.ts';

console.log(JSON.stringify(await generateLoad(loadJob.parse(JSON.parse(process.argv[2] ?? 'null')))));

async function generateLoad(job: LoadJob): Promise<LoadReport> {
  const recorder = new LoadRecorder(job.expectedStatus);
  const over = new AbortController();
  const target = new Pool(job.origin, {
    // One request at a time on each connection, as browsers and nginx do it.
    pipelining: 1,
    // Paced, a request never waits for a connection: where all are busy, one more is opened.
    connections: job.pace.kind === 'closed' ? job.pace.connections : null,
    bodyTimeout: 0,
    headersTimeout: 0,
  });
  const running = keepSending(job.pace, over.signal, () => sendRequest(target, job.request, recorder));

  await sleep(job.warmUpMs);
  recorder.begin();
  const cpuBefore = process.cpuUsage();
  const beganMs = performance.now();
  await sleep(job.measureMs);
  const seconds = (performance.now() - beganMs) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  const { answered } = recorder;
  over.abort();
  // A request that was sent in time and is not answered yet counts among the latencies: it is among the slowest.
  await running;
  await target.destroy();

  return {
    answered,
    perSecond: answered / seconds,
    ...recorder.latencies(),
    failures: recorder.failures,
    generatorCpu: (cpu.user + cpu.system) / 1e6 / seconds,
  };
}

/** Resolves when the last request that it sent is answered or has failed. */
async function keepSending(pace: LoadPace, over: AbortSignal, send: () => Promise<void>): Promise<void> {
  if (pace.kind === 'closed') {
    const connection = async () => {
      while (!over.aborted) await send();
    };
    await Promise.all(Array.from({ length: pace.connections }, connection));
    return;
  }
  const open = new Set<Promise<void>>();
  const beganMs = performance.now();
  for (let number = 1; !over.aborted; number++) {
    const request = send().finally(() => open.delete(request));
    open.add(request);
    const dueMs = beganMs + (number * 1000) / pace.perSecond;
    await sleep(Math.max(0, dueMs - performance.now()));
  }
  await Promise.all(open);
}

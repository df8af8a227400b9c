// The load generator: a program of its own, so that neither the laboratory nor another load is in its way. Takes a
// LoadJob as JSON in its one argument and answers with a LoadReport in one line of JSON.

import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { type LoadJob, type LoadReport, loadJob } from './load-job.ts';
import { LoadRecorder } from './load-recorder.ts';
import { send } from './request.ts';

console.log(JSON.stringify(await generateLoad(loadJob.parse(JSON.parse(process.argv[2] ?? 'null')))));

async function generateLoad(job: LoadJob): Promise<LoadReport> {
  const recorder = new LoadRecorder(job.status);
  const over = new AbortController();
  const target = new Pool(job.origin, {
    // One request at a time on each, as browsers and nginx have it.
    pipelining: 1,
    // Paced, a request never waits for a connection: where all are busy, one more is opened.
    connections: job.pace.kind === 'closed' ? job.pace.connections : null,
    bodyTimeout: 0,
    headersTimeout: 0,
  });
  const running = keepAsking(job, over.signal, () => send(target, job, recorder));

  await sleep(job.warmUpMs);
  recorder.begin();
  const cpuBefore = process.cpuUsage();
  const beganMs = performance.now();
  await sleep(job.measureMs);
  const seconds = (performance.now() - beganMs) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  const answered = recorder.count;
  over.abort();
  // What was asked in time and is not answered yet counts among the latencies: it is what took longest.
  await running;
  await target.destroy();

  const { median, p99, max } = recorder.latencies();
  return {
    answered,
    answeredInAll: recorder.countInAll,
    perSecond: answered / seconds,
    ...{ p50Ms: median, p99Ms: p99, maxMs: max },
    failures: recorder.failures,
    ownCpu: (cpu.user + cpu.system) / 1e6 / seconds,
  };
}

/** Resolves when the last request that it made has come to its end. */
async function keepAsking({ pace }: LoadJob, over: AbortSignal, once: () => Promise<void>): Promise<void> {
  if (pace.kind === 'closed') {
    const connection = async () => {
      while (!over.aborted) await once();
    };
    await Promise.all(Array.from({ length: pace.connections }, connection));
    return;
  }
  const open = new Set<Promise<void>>();
  const beganMs = performance.now();
  for (let number = 1; !over.aborted; number++) {
    const request = once().finally(() => open.delete(request));
    open.add(request);
    const dueMs = beganMs + (number * 1000) / pace.perSecond;
    await sleep(Math.max(0, dueMs - performance.now()));
  }
  await Promise.all(open);
}

// Sends requests to an instance, as people do: a program of its own. Takes a job as JSON in its one argument, and answers in
// lines of JSON (http-job.ts).

import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { type HttpJob, type HttpReport, httpJob } from './http-job.ts';
import { RequestStream } from './request-stream.ts';
import { loginOf, readinessRequest, readOf, writeOf } from './requests.ts';

const stopped = new AbortController();
process.once('SIGTERM', () => stopped.abort());
console.log(JSON.stringify(await sendRequests(httpJob.parse(JSON.parse(process.argv[2] ?? 'null')))));

async function sendRequests(job: HttpJob): Promise<HttpReport> {
  const { origin, reads, writes, logins, readiness } = job;
  // No request waits for a connection: where all are busy, one more is opened.
  const target = new Pool(origin, {
    pipelining: 1,
    connections: null,
    bodyTimeout: 0,
    headersTimeout: 30_000,
  });
  const streams = {
    reads: reads && new RequestStream(target, reads.pace, readOf(reads.cookies)),
    writes: writes && new RequestStream(target, writes.pace, writeOf(writes.cookies)),
    logins: logins && new RequestStream(target, logins.pace, loginOf(logins.users)),
    readiness: readiness && new RequestStream(target, readiness.pace, () => readinessRequest),
  };
  const all = Object.values(streams).filter((stream) => stream !== undefined);
  const over = new AbortController();
  const running = Promise.all(all.map((stream) => stream.run(over.signal)));
  await sleep(job.warmUpMs, undefined, { signal: stopped.signal }).catch(() => {});

  console.log(JSON.stringify({ measuring: true }));
  for (const stream of all) stream.begin();
  const [beganMs, cpuBefore] = [performance.now(), process.cpuUsage()];
  // Without a time it goes on until SIGTERM.
  const measureMs = job.measureMs ?? 2 ** 31 - 1;
  await sleep(measureMs, undefined, { signal: stopped.signal }).catch(() => {});
  const seconds = (performance.now() - beganMs) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  for (const stream of all) stream.end();
  over.abort();
  await running;
  await target.destroy();
  return {
    reads: streams.reads?.report(),
    writes: streams.writes?.report(),
    logins: streams.logins?.report(),
    readiness: streams.readiness?.report(),
    ...{ seconds, cores: (cpu.user + cpu.system) / 1e6 / seconds },
  };
}

// Load on an instance, from a process of its own.

import type { Bed, Worker } from '../bed.ts';
import { type HttpJob, type HttpReport, httpBegins, httpReport } from './http-job.ts';
import { type Summary, summarize } from './latencies.ts';

const program = new URL('./http-worker.ts', import.meta.url);

export interface StreamSummary extends Summary {
  /** Answers 200 a second. */
  readonly perSecond: number;
}

export interface HttpSummary {
  readonly reads?: StreamSummary;
  readonly writes?: StreamSummary;
  readonly logins?: StreamSummary;
  readonly readiness?: StreamSummary;
  readonly seconds: number;
  /** How much of a core the worker used. */
  readonly workerCores: number;
}

/** Requests that go on until {@link HttpLoad.stop}. */
export interface HttpLoad {
  /** Resolves with what was measured since the warm-up. */
  stop(): Promise<HttpSummary>;
}

/** Resolves when the warm-up is over. */
export async function beginHttpLoad(bed: Bed, job: Omit<HttpJob, 'measureMs'>): Promise<HttpLoad> {
  const worker = await start(bed, job);
  return {
    async stop() {
      worker.stop();
      return await finish(worker, 40_000);
    },
  };
}

/** @param onBegin called when the warm-up is over */
export async function httpLoad(
  bed: Bed,
  job: HttpJob & { readonly measureMs: number },
  onBegin: () => unknown = () => {},
): Promise<HttpSummary> {
  const worker = await start(bed, job);
  await onBegin();
  return await finish(worker, job.measureMs + 40_000);
}

async function start(bed: Bed, job: HttpJob): Promise<Worker> {
  const worker = await bed.startWorker(program, 'http-worker', job);
  await worker.line('it measured', (line) => httpBegins.safeParse(line).data, 60_000 + job.warmUpMs);
  return worker;
}

async function finish(worker: Worker, deadlineMs: number): Promise<HttpSummary> {
  const read = (line: unknown) => httpReport.safeParse(line).data;
  const report = await worker.line('it reported', read, deadlineMs);
  await worker.end();
  const { seconds, cores, ...streams } = report;
  return { ...summaries(streams), seconds, workerCores: cores };
}

function summaries(streams: Pick<HttpReport, 'reads' | 'writes' | 'logins' | 'readiness'>) {
  const { reads, writes, logins, readiness } = streams;
  const of = (stream: typeof reads): StreamSummary | undefined =>
    stream && { ...summarize([stream.samples]), perSecond: stream.perSecond };
  const [read, write, login, ready] = [of(reads), of(writes), of(logins), of(readiness)];
  return {
    ...(read && { reads: read }),
    ...(write && { writes: write }),
    ...(login && { logins: login }),
    ...(ready && { readiness: ready }),
  };
}

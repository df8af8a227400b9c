// Several store workers at once, each in a process of its own.

import type { Bed } from '../bed.ts';
import { MeasurementError } from '../errors.ts';
import { type Summary, summarize } from './latencies.ts';
import type { Pace } from './pace.ts';
import {
  type FillJob,
  fillProgress,
  fillReport,
  type LoadJob,
  type LoadReport,
  loadBegins,
  loadReport,
} from './store-job.ts';

const program = new URL('./store-worker.ts', import.meta.url);

export type RedisOfWorkers = FillJob['redis'];

export interface Fill {
  readonly redis: RedisOfWorkers;
  /** Numbers from 0 to `sessions` - 1. */
  readonly sessions: number;
  readonly cartLines: number;
  readonly workers: number;
  readonly seed?: string;
}

/** Of each worker, while it fills. Redis then has enough to do in each turn of its event loop, and answers within the deadline. */
const underWay = 64;

/**
 * Stores made-up sessions through the store.
 *
 * @param onProgress called about once a second with how many are stored
 * @returns seconds that it took
 * @throws {MeasurementError} When one could not be stored.
 */
export async function fillSessions(
  bed: Bed,
  { redis, sessions, cartLines, workers, seed = bed.seed }: Fill,
  onProgress: (stored: number) => void = () => {},
): Promise<number> {
  const beganMs = performance.now();
  const stored = new Array<number>(workers).fill(0);
  const run = async (worker: number) => {
    const boundary = (at: number) => Math.floor((sessions * at) / workers);
    const range = { from: boundary(worker), to: boundary(worker + 1) };
    const job: FillJob = { kind: 'fill', redis, seed, cartLines, ...range, underWay };
    const started = await bed.startWorker(program, `fill-${worker}`, job);
    started.each(
      (line) => fillProgress.safeParse(line).data,
      (progress) => {
        stored[worker] = progress.stored;
        if (worker === 0) onProgress(stored.reduce((sum, own) => sum + own, 0));
      },
    );
    // Slower than 300 a second is no machine to measure on.
    const deadlineMs = 60_000 + ((range.to - range.from) * 1000) / 300;
    const read = (line: unknown) => fillReport.safeParse(line).data;
    const { filled } = await started.line('it had stored its sessions', read, deadlineMs);
    await started.end();
    if (filled !== range.to - range.from)
      throw new MeasurementError(`${filled} of ${range.to - range.from} sessions were stored`);
  };
  await Promise.all(Array.from({ length: workers }, (_, worker) => run(worker)));
  return (performance.now() - beganMs) / 1000;
}

export interface StoreLoad
  extends Pick<LoadJob, 'operation' | 'sessions' | 'cartLines' | 'warmUpMs' | 'measureMs'> {
  readonly redis: RedisOfWorkers;
  readonly workers: number;
  /** Of all workers together. */
  readonly pace: Pace;
}

export interface StoreLoadResult extends Summary {
  readonly perSecond: number;
  /** Cores that all workers used together. */
  readonly workerCores: number;
}

/** @param onBegin called when the last worker has warmed up */
export async function loadStore(
  bed: Bed,
  load: StoreLoad,
  onBegin: () => Promise<void>,
): Promise<StoreLoadResult> {
  const { workers, pace, ...rest } = load;
  const started = await Promise.all(
    Array.from({ length: workers }, (_, worker) => {
      const job: LoadJob = {
        ...{ kind: 'load', seed: bed.seed, share: { worker, of: workers }, ...rest },
        pace: partOf(pace, workers),
      };
      return bed.startWorker(program, `${load.operation}-${worker}`, job);
    }),
  );
  const deadlineMs = 60_000 + load.warmUpMs + load.measureMs;
  const begun = started.map((one) =>
    one.line('it measured', (line) => loadBegins.safeParse(line).data, deadlineMs),
  );
  const reported = started.map((one) =>
    one.line('it reported', (line) => loadReport.safeParse(line).data, deadlineMs),
  );
  const all = Promise.all(reported);
  all.catch(() => {}); // handled below
  await Promise.all(begun);
  await onBegin();
  const reports: readonly LoadReport[] = await all;
  for (const one of started) await one.end();
  const sum = (of: (report: LoadReport) => number) =>
    reports.reduce((total, report) => total + of(report), 0);
  return {
    ...summarize(reports.map(({ samples }) => samples)),
    perSecond: sum(({ perSecond }) => perSecond),
    workerCores: sum(({ cores }) => cores),
  };
}

function partOf(pace: Pace, workers: number): Pace {
  return pace.kind === 'closed'
    ? { ...pace, underWay: Math.max(1, Math.round(pace.underWay / workers)) }
    : { ...pace, perSecond: pace.perSecond / workers };
}

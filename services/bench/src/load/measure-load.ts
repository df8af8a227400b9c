// Load on an instance, made by the load generator in a process of its own.

import { type MeasuredInstance, MeasurementError, type TestBed } from '../test-bed.ts';
import {
  type Failures,
  type LoadJob,
  type LoadPace,
  type LoadReport,
  loadReport,
  type RequestSpec,
} from './load-job.ts';

type Times = Pick<LoadJob, 'warmUpMs' | 'measureMs'>;

/** @throws {MeasurementError} When a single answer was another than 200. */
export async function measureLoad(
  testBed: TestBed,
  target: Pick<MeasuredInstance, 'name' | 'origin'>,
  request: RequestSpec,
  pace: LoadPace,
  times: Times,
): Promise<LoadReport> {
  const { refused, ...report } = await measureLoadAllowing503(testBed, target, request, pace, times);
  if (refused > 0)
    throw new MeasurementError(`${target.name} refused ${request.path} ${refused} times with 503`);
  return report;
}

/** The same where 503 may be the answer: these are counted as `refused`, and only the others are measured. */
export async function measureLoadAllowing503(
  testBed: TestBed,
  target: Pick<MeasuredInstance, 'name' | 'origin'>,
  request: RequestSpec,
  pace: LoadPace,
  times: Times,
): Promise<LoadReport & { readonly refused: number }> {
  const job: LoadJob = { origin: target.origin, request, expectedStatus: 200, pace, ...times };
  // It takes time to start, and waits for the last answers.
  const deadlineMs = times.warmUpMs + times.measureMs + 30_000;
  const read = (line: unknown) => loadReport.safeParse(line).data;
  const report = await testBed.runProgram('load/load-generator.ts', job, deadlineMs, read);
  const { 'status 503': refused = 0, ...failures } = report.failures;
  demandNoFailures(`${request.method} ${request.path} on ${target.name}`, failures);
  return { ...report, refused };
}

/** @throws {MeasurementError} When there is a failure. */
export function demandNoFailures(what: string, failures: Failures): void {
  const met = Object.entries(failures).map(([words, times]) => `${times} × ${words}`);
  if (met.length > 0) throw new MeasurementError(`${what} met ${met.join(', ')}`);
}

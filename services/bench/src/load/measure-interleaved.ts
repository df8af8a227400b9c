// Load on several candidates in turns, made by a process of its own.

import type { TestBed } from '../test-bed.ts';
import {
  type InterleavedLoadJob,
  type InterleavedLoadReport,
  interleavedLoadReport,
} from './interleaved-load-job.ts';
import { demandNoFailures } from './measure-load.ts';

/** @throws {MeasurementError} When a single answer was another than 200. */
export async function measureInterleaved(
  testBed: TestBed,
  job: InterleavedLoadJob,
): Promise<InterleavedLoadReport> {
  // A slice takes until its last request is answered, so somewhat longer than planned.
  const deadlineMs = job.slices * job.candidates.length * (job.sliceMs + 500) + 30_000;
  const read = (line: unknown) => interleavedLoadReport.safeParse(line).data;
  const report = await testBed.runProgram('load/interleaved-load.ts', job, deadlineMs, read);
  for (const [name, { failures }] of Object.entries(report))
    demandNoFailures(`${name} at full load`, failures);
  return report;
}

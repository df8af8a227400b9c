// What the program interleaved-load.ts is told and what it answers, as JSON between two processes.

import { z } from 'zod';
import { loadJob, request } from './load-job.ts';

export const interleavedLoadJob = z.object({
  candidates: z.array(z.object({ name: z.string(), origin: loadJob.shape.origin, request })).min(1),
  /** Connections to each candidate, which never pause while it has its slice. */
  connections: z.int().min(1),
  /** How long a slice is, in milliseconds. */
  sliceMs: z.number().positive(),
  /** How often each has its slice. */
  slices: z.int().min(1),
});
export type InterleavedLoadJob = z.output<typeof interleavedLoadJob>;

const slicesMeasured = z.object({
  /** For each slice: answers per second. */
  perSecond: z.array(z.number()),
  /** All that were answered, to divide processor time by. */
  answered: z.int(),
  /** The 99th percentile of the latencies of all slices, in milliseconds. */
  p99Ms: z.number(),
  /** Answers other than 200, and errors, in words, and how often. */
  failures: z.record(z.string(), z.number()),
  /** How much of one core the program used in these slices. Near 1 it measures itself. */
  ownCpu: z.number(),
});
export type SlicesMeasured = z.output<typeof slicesMeasured>;

/** By the candidates' names. */
export const interleavedLoadReport = z.record(z.string(), slicesMeasured);
export type InterleavedLoadReport = z.output<typeof interleavedLoadReport>;

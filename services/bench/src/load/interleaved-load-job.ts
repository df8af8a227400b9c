// What the program interleaved-load.ts is told and what it answers, as JSON between two processes.

import { z } from 'zod';
import { failures, loadJob, requestSpec } from './load-job.ts';

const candidate = z.object({
  name: z.string(),
  origin: loadJob.shape.origin,
  /** Sent in turn by the connections: the first by the first, and so on. */
  requests: z.array(requestSpec).min(1),
  /** The process whose processor time is measured. */
  pid: z.int().optional(),
  /** More processes whose processor time is measured, each under the name of what it is a part of. */
  pids: z.record(z.string(), z.array(z.int())).optional(),
});
export type LoadCandidate = z.output<typeof candidate>;

export const interleavedLoadJob = z.object({
  candidates: z.array(candidate).min(1),
  /** Connections to each candidate. During its slice, each sends its next request when the last one is answered. */
  connections: z.int().min(1),
  /** The length of a slice, in milliseconds. */
  sliceMs: z.number().positive(),
  /** Slices of each candidate. */
  slices: z.int().min(1),
});
export type InterleavedLoadJob = z.output<typeof interleavedLoadJob>;

const candidateReport = z.object({
  /** For each slice: requests per second that were answered with 200. */
  perSecond: z.array(z.number()),
  /** For each slice: processor time of the process for one request, in microseconds. Empty where it is not known. */
  cpuUs: z.array(z.number()),
  /** The same of the processes in `pids`, by their part. */
  partsUs: z.record(z.string(), z.array(z.number())),
  /** The requests of all slices that were answered with 200. */
  answered: z.int(),
  /** The 99th percentile of the latencies of all slices, in milliseconds. */
  p99Ms: z.number(),
  failures,
  /** How much of one core the program used during these slices. Near 1, the program is the bottleneck. */
  generatorCpu: z.number(),
});
export type CandidateReport = z.output<typeof candidateReport>;

/** By the candidates' names. */
export const interleavedLoadReport = z.record(z.string(), candidateReport);
export type InterleavedLoadReport = z.output<typeof interleavedLoadReport>;

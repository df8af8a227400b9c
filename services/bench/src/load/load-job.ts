// What the load generator is told and what it answers, as JSON between two processes.

import { z } from 'zod';

/**
 * `closed` (a closed loop): each connection sends its next request when the last one is answered, so the server is as
 * busy as it can be: for requests per second. `paced` (an open loop): a request is due at fixed times, whatever has become
 * of those before: for latencies. In a closed loop, those that would have met a busy server are never sent, and the tail
 * looks better than it is (coordinated omission).
 */
const pace = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('closed'), connections: z.int().min(1) }),
  z.object({ kind: z.literal('paced'), perSecond: z.number().positive() }),
]);
export type LoadPace = z.output<typeof pace>;

/** The request that is sent over and over. */
export const requestSpec = z.object({
  path: z.string(),
  method: z.enum(['GET', 'POST']),
  headers: z.record(z.string(), z.string()),
  body: z.string().optional(),
});
export type RequestSpec = z.output<typeof requestSpec>;

export const loadJob = z.object({
  /** `http://127.0.0.1:1234` */
  origin: z.url(),
  request: requestSpec,
  /** The only status that counts as success. */
  expectedStatus: z.int(),
  pace,
  /** How long there is load before the measurement. */
  warmUpMs: z.number().min(0),
  measureMs: z.number().positive(),
});
export type LoadJob = z.output<typeof loadJob>;

/** Failures in words, and how often each was met: another status than the expected one, or an error. */
export const failures = z.record(z.string(), z.number());
export type Failures = z.output<typeof failures>;

export const loadReport = z.object({
  /** Requests that were answered with the expected status while it was measured. */
  answered: z.int(),
  perSecond: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  /** Those of the warm-up, too. */
  failures,
  /** How much of one core the generator used while it measured. Near 1, the generator is the bottleneck. */
  generatorCpu: z.number(),
});
export type LoadReport = z.output<typeof loadReport>;

// What the load generator is told and what it answers, as JSON between two processes.

import { z } from 'zod';

/**
 * `closed`: each connection sends its next request when the last one is answered, so the server is as busy as it can
 * be: for requests per second. `paced`: a request is due at fixed times whatever has become of those before, and its
 * latency counts from then: for latencies. Were the next request to wait for the last, as with `closed`, then those
 * that would have met a busy server are never sent, and the tail looks better than it is (coordinated omission).
 */
const pace = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('closed'), connections: z.int().min(1) }),
  z.object({ kind: z.literal('paced'), perSecond: z.number().positive() }),
]);

export type LoadPace = z.output<typeof pace>;

export const loadJob = z.object({
  /** `http://127.0.0.1:1234` */
  origin: z.url(),
  path: z.string(),
  method: z.enum(['GET', 'POST']),
  headers: z.record(z.string(), z.string()),
  body: z.string().optional(),
  /** The only status that counts as success. */
  status: z.int(),
  pace,
  /** Load that is not measured, before. */
  warmUpMs: z.number().min(0),
  measureMs: z.number().positive(),
});
export type LoadJob = z.output<typeof loadJob>;

/** What is asked, over and over. */
export const request = loadJob.pick({ path: true, method: true, headers: true, body: true });
export type RequestSpec = z.output<typeof request>;

export const loadReport = z.object({
  /** Answered with the expected status in the time that was measured. */
  answered: z.int(),
  /** The same with those before and after. */
  answeredInAll: z.int(),
  perSecond: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  maxMs: z.number(),
  /** Anything else, in words, and how often. Of the warm-up, too. */
  failures: z.record(z.string(), z.number()),
  /** How much of one core the generator used while it measured, 0 to 1 and above. Near 1 it measures itself. */
  ownCpu: z.number(),
});
export type LoadReport = z.output<typeof loadReport>;

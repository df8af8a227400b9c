// What the program in-turns.ts is told and what it answers, as JSON between two processes.

import { z } from 'zod';
import { loadJob, question } from './load-job.ts';

export const inTurnsJob = z.object({
  contestants: z.array(z.object({ name: z.string(), origin: loadJob.shape.origin, question })).min(1),
  /** Connections to each contestant, which never pause while it has its turn. */
  connections: z.int().min(1),
  /** How long a turn is, in milliseconds. */
  turnMs: z.number().positive(),
  /** How often each has its turn. */
  turns: z.int().min(1),
});
export type InTurnsJob = z.output<typeof inTurnsJob>;

const turnsTaken = z.object({
  /** For each turn: answers per second. */
  perSecond: z.array(z.number()),
  /** All that were answered, to divide processor time by. */
  answered: z.int(),
  /** The 99th percentile of the latencies of all turns, in milliseconds. */
  p99Ms: z.number(),
  /** Answers other than 200, and errors, in words, and how often. */
  failures: z.record(z.string(), z.number()),
  /** How much of one core the program used in these turns. Near 1 it measures itself. */
  ownCpu: z.number(),
});
export type TurnsTaken = z.output<typeof turnsTaken>;

/** By the contestants' names. */
export const inTurnsReport = z.record(z.string(), turnsTaken);
export type InTurnsReport = z.output<typeof inTurnsReport>;

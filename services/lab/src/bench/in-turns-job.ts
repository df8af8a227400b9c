// What the program in-turns.ts is told and what it answers, as JSON between two processes.

import { z } from 'zod';

const contestant = z.object({
  name: z.string(),
  /** `http://127.0.0.1:1234` */
  origin: z.url(),
  path: z.string(),
  headers: z.record(z.string(), z.string()),
});

export const inTurnsJob = z.object({
  contestants: z.array(contestant).min(1),
  /** Connections to each contestant, which never pause while it has its turn. */
  connections: z.int().min(1),
  /** How long a turn is, in milliseconds. */
  turnMs: z.number().positive(),
  /** How often each has its turn. */
  turns: z.int().min(1),
});
export type InTurnsJob = z.output<typeof inTurnsJob>;

export const inTurnsReport = z.object({
  /** By name, and for each turn: answers per second. */
  perSecond: z.record(z.string(), z.array(z.number())),
  /** By name: all that were answered, to divide processor time by. */
  answered: z.record(z.string(), z.int()),
  /** By name: the 99th percentile of the latencies of all turns, in milliseconds. */
  p99Ms: z.record(z.string(), z.number()),
  /** Answers other than 200, and errors, in words, and how often. */
  failures: z.record(z.string(), z.number()),
  /** By name: how much of one core this program used in its turns. Near 1 it measures itself. */
  ownCpu: z.record(z.string(), z.number()),
});
export type InTurnsReport = z.output<typeof inTurnsReport>;

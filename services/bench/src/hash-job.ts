// What the program hash-rate.ts is told and what it answers.

import { z } from 'zod';

export const hashJob = z.object({
  /** Threads that hash at the same time, 1 or more. */
  threads: z.int().min(1),
  /** bcrypt's cost, 4 to 15. */
  rounds: z.int().min(4).max(15),
  measureMs: z.number().positive(),
});
export type HashJob = z.output<typeof hashJob>;

export const hashReport = z.object({
  /** How long one hash takes with one thread alone, in milliseconds. */
  oneAloneMs: z.number(),
  /** Hashes per second of all threads at once. */
  perSecondTogether: z.number(),
});
export type HashReport = z.output<typeof hashReport>;

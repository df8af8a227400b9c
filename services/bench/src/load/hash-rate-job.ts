// What the program hash-rate.ts is told and what it answers, as JSON between two processes.

import { z } from 'zod';

export const hashRateJob = z.object({
  /** Threads that hash at the same time, 1 or more. */
  threads: z.int().min(1),
  /** bcrypt's cost, 4 to 15. */
  bcryptRounds: z.int().min(4).max(15),
  measureMs: z.number().positive(),
});
export type HashRateJob = z.output<typeof hashRateJob>;

export const hashRateReport = z.object({
  /** How long one hash takes when a single thread hashes, in milliseconds. */
  oneAloneMs: z.number(),
  /** Hashes per second of all threads together. */
  perSecondTogether: z.number(),
});
export type HashRateReport = z.output<typeof hashRateReport>;

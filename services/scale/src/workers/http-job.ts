// What an HTTP worker is told and what it answers, as JSON between two processes.

import { z } from 'zod';
import { samples } from './latencies.ts';
import { pace } from './pace.ts';

/** Whose sessions requests carry: those that made-session.ts makes, or cookies of real users. */
const cookies = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('made'), seed: z.string(), secret: z.string(), sessions: z.int().min(1) }),
  z.object({ kind: z.literal('real'), cookies: z.array(z.string()).min(1) }),
]);
export type Cookies = z.output<typeof cookies>;

export const credentials = z.object({ username: z.string(), password: z.string() });
export type Credentials = z.output<typeof credentials>;

export const httpJob = z.object({
  /** `http://127.0.0.1:1234` */
  origin: z.url(),
  warmUpMs: z.number().min(0),
  /** Absent: until SIGTERM. */
  measureMs: z.number().positive().optional(),
  /** GET /api/v1/me */
  reads: z.object({ pace, cookies }).optional(),
  /** POST /api/v1/cart/items */
  writes: z.object({ pace, cookies }).optional(),
  /** POST /api/v1/login, of these users in turn */
  logins: z.object({ pace, users: z.array(credentials).min(1) }).optional(),
  /** GET /readyz */
  readiness: z.object({ pace }).optional(),
});
export type HttpJob = z.output<typeof httpJob>;

export const httpBegins = z.object({ measuring: z.literal(true) });

const streamReport = z.object({ samples, perSecond: z.number() });
export type StreamReport = z.output<typeof streamReport>;

export const httpReport = z.object({
  reads: streamReport.optional(),
  writes: streamReport.optional(),
  logins: streamReport.optional(),
  readiness: streamReport.optional(),
  /** Until the last answer. */
  seconds: z.number(),
  /** How much of a core it used. */
  cores: z.number(),
});
export type HttpReport = z.output<typeof httpReport>;

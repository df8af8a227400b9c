// What a store worker is told and what it answers, as JSON between two processes.

import { z } from 'zod';
import { samples } from './latencies.ts';
import { pace } from './pace.ts';

/** What a request does with the store. */
export const operations = ['read', 'renewal', 'write', 'login'] as const;
export type Operation = (typeof operations)[number];

const common = {
  /** `redis://…` or the nodes of a cluster. */
  redis: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('standalone'), url: z.url() }),
    z.object({ kind: z.literal('cluster'), urls: z.array(z.url()).min(1), password: z.string() }),
  ]),
  seed: z.string().min(1),
  cartLines: z.int().min(0).max(50),
};

/** Stores the sessions with the numbers `from` to `to` - 1. */
export const fillJob = z.object({
  kind: z.literal('fill'),
  ...common,
  from: z.int().min(0),
  to: z.int().min(0),
  underWay: z.int().min(1),
});
export type FillJob = z.output<typeof fillJob>;

/** Does one operation again and again on the sessions below `sessions`, which are there. */
export const loadJob = z.object({
  kind: z.literal('load'),
  ...common,
  operation: z.enum(operations),
  sessions: z.int().min(1),
  /** Of these, those whose number leaves this remainder: no two workers write one session. */
  share: z.object({ worker: z.int().min(0), of: z.int().min(1) }),
  pace,
  warmUpMs: z.number().min(0),
  measureMs: z.number().positive(),
});
export type LoadJob = z.output<typeof loadJob>;

export const storeJob = z.discriminatedUnion('kind', [fillJob, loadJob]);

/** A line each second while it fills. */
export const fillProgress = z.object({ stored: z.int() });

export const fillReport = z.object({ filled: z.int(), cpuMs: z.number() });
export type FillReport = z.output<typeof fillReport>;

/** Comes before the report: the warm-up is over. */
export const loadBegins = z.object({ measuring: z.literal(true) });
export const loadReport = z.object({
  samples,
  /** Operations that ended well while it measured, per second. */
  perSecond: z.number(),
  /** How much of a core it used. */
  cores: z.number(),
});
export type LoadReport = z.output<typeof loadReport>;

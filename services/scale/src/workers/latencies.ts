// What a worker notes of each operation.

import { z } from 'zod';
import { quantile } from '../../../lab/src/traffic/quantile.ts';

export const counts = z.record(z.string(), z.int());
export type Counts = z.output<typeof counts>;

/** Several workers' reports are joined by their samples, since a p99 of p99s is none. */
export const samples = z.object({
  /** How often each outcome was met: `ok`, `status 503`, or the name of an error. */
  outcomes: counts,
  /** In milliseconds, of those that were `ok`. At most {@link kept}, evenly drawn from all. */
  okMs: z.array(z.number()),
});
export type Samples = z.output<typeof samples>;

/** So many latencies are kept: the p99 of an even sample of 20,000 has 200 above it. */
export const kept = 20_000;

export class Latencies {
  readonly #outcomes: Record<string, number> = {};
  readonly #okMs: number[] = [];

  ok(ms: number): void {
    const seen = this.#count('ok');
    // Algorithm R (Vitter 1985): each of all latencies is kept with the same probability.
    const place = seen <= kept ? seen - 1 : Math.floor(Math.random() * seen);
    if (place < kept) this.#okMs[place] = ms;
  }

  failed(outcome: string): void {
    this.#count(outcome);
  }

  report(): Samples {
    return { outcomes: this.#outcomes, okMs: this.#okMs.map((ms) => Math.round(ms * 1000) / 1000) };
  }

  #count(outcome: string): number {
    const count = (this.#outcomes[outcome] ?? 0) + 1;
    this.#outcomes[outcome] = count;
    return count;
  }
}

export interface Summary {
  readonly ok: number;
  readonly failed: number;
  readonly failures: Counts;
  /** In milliseconds; `null` when nothing was answered. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/** Of workers that had the same load each. */
export function summarize(reports: readonly Samples[]): Summary {
  const total: Record<string, number> = {};
  for (const { outcomes } of reports)
    for (const [outcome, times] of Object.entries(outcomes)) total[outcome] = (total[outcome] ?? 0) + times;
  const { ok = 0, ...failures } = total;
  const sorted = reports.flatMap(({ okMs }) => okMs).sort((a, b) => a - b);
  return {
    ok,
    failed: Object.values(failures).reduce((sum, times) => sum + times, 0),
    failures,
    p50Ms: sorted.length === 0 ? null : quantile(sorted, 0.5),
    p99Ms: sorted.length === 0 ? null : quantile(sorted, 0.99),
  };
}

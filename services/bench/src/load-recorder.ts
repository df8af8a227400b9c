// What the load generator notes of each answer.

import { quantile } from '../../lab/src/traffic/quantile.ts';

export class LoadRecorder {
  readonly failures: Record<string, number> = {};
  readonly #expected: number;
  #beganMs = Number.POSITIVE_INFINITY;
  #latencies: number[] = [];
  #count = 0;
  #countBefore = 0;

  constructor(expectedStatus: number) {
    this.#expected = expectedStatus;
  }

  /** From now on what is answered is counted, and what is sent is timed. */
  begin(): void {
    this.#beganMs = performance.now();
    this.#countBefore = this.#count;
    this.#count = 0;
  }

  get count(): number {
    return this.#count;
  }

  get countInAll(): number {
    return this.#countBefore + this.#count;
  }

  answered(sentMs: number, status: number): void {
    if (status !== this.#expected) {
      this.failed(`status ${status}`);
      return;
    }
    this.#count++;
    if (sentMs >= this.#beganMs) this.#latencies.push(performance.now() - sentMs);
  }

  failed(words: string): void {
    this.failures[words] = (this.failures[words] ?? 0) + 1;
  }

  /** In milliseconds; all zero when nothing was answered. */
  latencies(): { readonly median: number; readonly p99: number; readonly max: number } {
    if (this.#latencies.length === 0) return { median: 0, p99: 0, max: 0 };
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    return { median: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), max: quantile(sorted, 1) };
  }
}

// What a load generator notes of each answer.

import { quantile } from '../../../lab/src/traffic/quantile.ts';
import type { Failures } from './load-job.ts';

export class LoadRecorder {
  readonly #expectedStatus: number;
  readonly #failures: Record<string, number> = {};
  #beganMs = Number.POSITIVE_INFINITY;
  #latencies: number[] = [];
  #answered = 0;

  constructor(expectedStatus: number) {
    this.#expectedStatus = expectedStatus;
  }

  /** From now on, answers are counted, and requests that are sent are timed. */
  begin(): void {
    this.#beganMs = performance.now();
    this.#answered = 0;
  }

  answer(sentMs: number, status: number): void {
    if (status !== this.#expectedStatus) {
      this.failure(`status ${status}`);
      return;
    }
    this.#answered++;
    if (sentMs >= this.#beganMs) this.#latencies.push(performance.now() - sentMs);
  }

  failure(words: string): void {
    this.#failures[words] = (this.#failures[words] ?? 0) + 1;
  }

  /** Answers with the expected status since {@link begin}. */
  get answered(): number {
    return this.#answered;
  }

  /** Also those from before {@link begin}. */
  get failures(): Failures {
    return this.#failures;
  }

  /** In milliseconds; all zero when nothing was answered. */
  latencies(): { readonly p50Ms: number; readonly p99Ms: number } {
    if (this.#latencies.length === 0) return { p50Ms: 0, p99Ms: 0 };
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    return { p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99) };
  }
}

import { pauseUnlessAborted } from '../supervision/unless-aborted.ts';
import type { Fleet } from './fleet.ts';

/** Records, from the moment that it is constructed, how many instances a fleet has at the end of each second. */
export class InstanceCounts implements AsyncDisposable {
  readonly #fleet: Pick<Fleet, 'instances'>;
  readonly #counts: number[] = [];
  readonly #stopped = new AbortController();
  readonly #ended: Promise<void>;

  constructor(fleet: Pick<Fleet, 'instances'>) {
    this.#fleet = fleet;
    this.#ended = this.#record();
    this.#ended.catch(() => {}); // thrown by stop()
  }

  /** Ends it. @returns the counts, that of the first second first. @throws what `fleet.instances()` threw. */
  async stop(): Promise<readonly number[]> {
    this.#stopped.abort();
    await this.#ended;
    return this.#counts;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await Promise.allSettled([this.#ended]);
  }

  async #record(): Promise<void> {
    const startMs = performance.now();
    for (;;) {
      const endOfSecondMs = startMs + (this.#counts.length + 1) * 1000;
      await pauseUnlessAborted(this.#stopped.signal, Math.max(0, endOfSecondMs - performance.now()));
      if (this.#stopped.signal.aborted) return;
      const { length } = await this.#fleet.instances();
      this.#counts.push(length);
    }
  }
}

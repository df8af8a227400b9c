// Limits how many hashes are computed at once, how many wait, and for how long.

import { ServiceUnavailable } from '../http/errors.ts';

/** Too many hashes wait already, or this one has waited for too long. */
export class HashingOverloaded extends ServiceUnavailable {
  override readonly name = 'HashingOverloaded';
  constructor() {
    super('Too many people are logging in.');
  }
}

export interface HashQueueOptions {
  /** How many are computed at the same time, 1 or more. */
  readonly concurrency: number;
  /** How many more may wait, 0 or more. */
  readonly maxWaiting: number;
  /** How long one may wait, in milliseconds. */
  readonly longestWaitMs: number;
}

/**
 * A queue that is bounded in length and in time. Time matters as much as length: if a login waits for longer than the
 * proxy's read timeout, the proxy counts it as a failure of the instance, and then sends nobody there any more.
 */
export class HashQueue {
  readonly #options: HashQueueOptions;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: HashQueueOptions) {
    this.#options = options;
  }

  /** Runs the work when fewer than `concurrency` others run. @throws {HashingOverloaded} */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#options.concurrency) await this.#wait();
    else this.#running += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      // The slot passes to the next one without being free in between, so that no newcomer can take it.
      else next();
    }
  }

  #wait(): Promise<void> {
    const { maxWaiting, longestWaitMs } = this.#options;
    if (this.#waiting.length >= maxWaiting) return Promise.reject(new HashingOverloaded());
    return new Promise((resolve, reject) => {
      const start = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(start), 1);
        reject(new HashingOverloaded());
      }, longestWaitMs);
      this.#waiting.push(start);
    });
  }
}

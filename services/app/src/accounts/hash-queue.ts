// Who may hash now, who waits, and who is turned away.

import { ServiceUnavailable } from '../http/errors.ts';

/** As many hashes wait already as may, or this one has waited for as long as it may. */
export class HashingOverloaded extends ServiceUnavailable {
  override readonly name = 'HashingOverloaded';
  constructor() {
    super('Too many people are logging in.');
  }
}

export interface HashQueueOptions {
  /** How many work at the same time, 1 or more. */
  readonly atOnce: number;
  /** How many more may wait, 0 or more. */
  readonly waiting: number;
  /** How long one may wait, in milliseconds. */
  readonly longestWaitMs: number;
}

/**
 * A queue with an end in both directions. The time matters as much as the number: a login that waits for longer than the
 * proxy's patience is given up by the proxy, which takes the instance for dead and keeps everybody else away from it, too.
 */
export class HashQueue {
  readonly #options: HashQueueOptions;
  readonly #waiting: (() => void)[] = [];
  #working = 0;

  constructor(options: HashQueueOptions) {
    this.#options = options;
  }

  /** Does the work when it is its turn. @throws {HashingOverloaded} */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#working >= this.#options.atOnce) await this.#wait();
    else this.#working += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#working -= 1;
      // The place is handed on without being free in between, so that nobody who has just come takes it.
      else next();
    }
  }

  #wait(): Promise<void> {
    const { waiting, longestWaitMs } = this.#options;
    if (this.#waiting.length >= waiting) return Promise.reject(new HashingOverloaded());
    return new Promise((resolve, reject) => {
      const called = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(called), 1);
        reject(new HashingOverloaded());
      }, longestWaitMs);
      this.#waiting.push(called);
    });
  }
}

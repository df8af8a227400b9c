// Who may hash now, who waits, and who is turned away.

import { Unavailable } from '../operations/errors.ts';

/** As many hashes wait already as may, or this one has waited for as long as it may. */
export class HashingOverloaded extends Unavailable {
  override readonly name = 'HashingOverloaded';
  constructor() {
    super('Too many people are logging in.');
  }
}

export interface HashTurnsOptions {
  /** How many work at the same time, 1 or more. */
  readonly atOnce: number;
  /** How many more may wait, 0 or more. */
  readonly waiting: number;
  /** How long one may wait, in milliseconds. */
  readonly longestWaitMs: number;
}

/**
 * A line with an end in both directions. The time matters as much as the number: a login that waits for longer than the
 * proxy's patience is given up by the proxy, which takes the instance for dead and keeps everybody else away from it, too.
 */
export class HashTurns {
  readonly #options: HashTurnsOptions;
  readonly #line: (() => void)[] = [];
  #working = 0;

  constructor(options: HashTurnsOptions) {
    this.#options = options;
  }

  /** Does the work when it is its turn. @throws {HashingOverloaded} */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#working >= this.#options.atOnce) await this.#wait();
    else this.#working += 1;
    try {
      return await work();
    } finally {
      const next = this.#line.shift();
      if (next === undefined) this.#working -= 1;
      // The place is handed on without being free in between, so that nobody who has just come takes it.
      else next();
    }
  }

  #wait(): Promise<void> {
    const { waiting, longestWaitMs } = this.#options;
    if (this.#line.length >= waiting) return Promise.reject(new HashingOverloaded());
    return new Promise((resolve, reject) => {
      const called = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#line.splice(this.#line.indexOf(called), 1);
        reject(new HashingOverloaded());
      }, longestWaitMs);
      this.#line.push(called);
    });
  }
}

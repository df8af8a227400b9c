// How long a call waits. node-redis' own command timeout and its AbortSignal only cover a command until it is written to
// the socket. After that its promise waits until Redis replies, however long that takes (client/commands-queue.js,
// `commandsToWrite`). So the wait itself is limited here; how long it may be is `deadlineMs` in options.ts.

/** There was no result by the deadline. What was sent may still be carried out. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

interface Wait {
  leftMs: number;
  /** Where it stands among those that wait; -1 when its wait is over. */
  place: number;
  giveUp(): void;
}

/**
 * Limits waits by the time in which this process itself was running. A process that does not get the processor, or that
 * computes for a while, cannot read what Redis has answered: a plain timer would take its own lateness for Redis' silence.
 * So time is counted in ticks. However late a tick comes, it counts as little more than one, and before a wait ends, what
 * has arrived in the sockets is read (Node runs expired timers before it reads sockets, and immediates after it).
 */
export class Deadlines {
  readonly #tickMs: number;
  /**
   * In no order. Not a Set: each time V8 has made a Set anew, because enough was added and deleted, the former one still
   * points to the next and to what it held. One of them that has become old keeps all that follow, and so each call's
   * request and response, from the quick part of garbage collection.
   */
  readonly #waits: Wait[] = [];
  #timer: NodeJS.Timeout | undefined;
  #tickedAtMs = 0;
  #ranMs = 0;

  /** @param tickMs how exact a deadline is, in milliseconds */
  constructor(tickMs: number) {
    this.#tickMs = tickMs;
  }

  /**
   * Waits for a promise, but no longer than a deadline. What the promise does later is ignored, a rejection included.
   *
   * @param deadlineMs above 0
   * @param onTimeout called once when the deadline passes, before the promise rejects; to abort what is not yet sent
   * @throws {@link TimeoutError}
   */
  within<T>(deadlineMs: number, work: Promise<T>, onTimeout?: () => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const wait: Wait = {
        leftMs: deadlineMs + this.#sinceTickMs(),
        place: this.#waits.length,
        giveUp: () => {
          this.#end(wait);
          onTimeout?.();
          reject(new TimeoutError(`no answer within ${deadlineMs} ms`));
        },
      };
      this.#waits.push(wait);
      this.#timer ??= setTimeout(this.#tick, this.#tickMs);
      work.then(
        (value) => {
          this.#end(wait);
          resolve(value);
        },
        (error: unknown) => {
          this.#end(wait);
          reject(error);
        },
      );
    });
  }

  /** A clock that stands still while this process is late, and while nothing waits. In milliseconds. */
  get runningMs(): number {
    return this.#ranMs + (this.#timer === undefined ? 0 : this.#countedMs());
  }

  #end(wait: Wait): void {
    // Its promise may settle after its deadline.
    if (wait.place < 0) return;
    // The last one takes the place that becomes free.
    const last = this.#waits.pop();
    if (last !== undefined && last !== wait) {
      this.#waits[wait.place] = last;
      last.place = wait.place;
    }
    wait.place = -1;
    if (this.#waits.length > 0) return;
    this.#ranMs += this.#countedMs();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** The part of the present tick that is over, which a new wait must not pay for; 0 before the first one. */
  #sinceTickMs(): number {
    if (this.#timer === undefined) this.#tickedAtMs = performance.now();
    return this.#countedMs();
  }

  #countedMs(): number {
    return Math.min(performance.now() - this.#tickedAtMs, this.#tickMs * 1.5);
  }

  readonly #tick = (): void => {
    const passedMs = this.#countedMs();
    this.#ranMs += passedMs;
    this.#tickedAtMs = performance.now();
    let isDue = false;
    for (const wait of this.#waits) {
      wait.leftMs -= passedMs;
      isDue ||= wait.leftMs <= 0;
    }
    this.#timer = setTimeout(this.#tick, this.#tickMs);
    if (isDue) setImmediate(this.#giveUpDue);
  };

  readonly #giveUpDue = (): void => {
    for (const wait of this.#waits.filter(({ leftMs }) => leftMs <= 0)) wait.giveUp();
  };
}

// A circuit breaker: while Redis does not answer, a request should fail in microseconds and not wait for its deadline. A
// pure state machine: the clock and the random numbers are passed in, and nothing runs in the background. The trial call
// that finds out whether Redis answers again is that of a real request.

export interface BreakerOptions {
  /** After how many calls in a row without an answer it opens. 1 or more. */
  readonly threshold: number;
  /** How long it first refuses, in milliseconds. Doubles with each trial that fails. */
  readonly firstPauseMs: number;
  /** The longest time that it refuses between two trials, in milliseconds. */
  readonly longestPauseMs: number;
  /** A clock that never goes back, in milliseconds. */
  readonly now: () => number;
  /** From 0 to 1, excluding 1: spreads the trials of many instances. */
  readonly random: () => number;
}

/** Permission for one call. While the breaker is half open, a single `trial` has one. */
export type Permit = 'normal' | 'trial';

/**
 * How a call ended. `answered`: Redis replied, even with an error. `timed out`: the deadline passed. `failed fast`: there
 * was no connection, or it broke; the caller did not wait, so this is no reason to refuse calls.
 */
export type CallOutcome = 'answered' | 'timed out' | 'failed fast';

type State =
  | { readonly kind: 'closed'; readonly consecutiveTimeouts: number }
  | { readonly kind: 'open'; readonly untilMs: number; readonly pauseMs: number }
  | { readonly kind: 'half open'; readonly pauseMs: number };

/** Refuses calls while Redis does not answer, and permits a trial now and then to find out whether it does again. */
export class Breaker {
  readonly #options: BreakerOptions;
  #state: State = { kind: 'closed', consecutiveTimeouts: 0 };
  #unansweredSinceMs: number | undefined;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  get isClosed(): boolean {
    return this.#state.kind === 'closed';
  }

  /** For how long no call was answered, in milliseconds; 0 after an answer. */
  get unansweredForMs(): number {
    return this.#unansweredSinceMs === undefined ? 0 : this.#options.now() - this.#unansweredSinceMs;
  }

  /** Asks to make a call; `undefined` is a refusal. How a permitted call ended has to be told to {@link report}. */
  requestPermit(): Permit | undefined {
    if (this.#state.kind === 'closed') return 'normal';
    if (this.#state.kind === 'half open' || this.#options.now() < this.#state.untilMs) return undefined;
    this.#state = { kind: 'half open', pauseMs: this.#state.pauseMs };
    return 'trial';
  }

  report(permit: Permit, outcome: CallOutcome): void {
    if (outcome === 'answered') {
      this.#unansweredSinceMs = undefined;
      this.#state = { kind: 'closed', consecutiveTimeouts: 0 };
      return;
    }
    if (outcome === 'timed out') {
      this.#unansweredSinceMs ??= this.#options.now();
      this.#onTimeout(permit);
      return;
    }
    // Without a connection every call fails at once by itself. On the next connection the first timeout opens again.
    if (permit === 'trial')
      this.#state = { kind: 'closed', consecutiveTimeouts: this.#options.threshold - 1 };
  }

  #onTimeout(permit: Permit): void {
    const state = this.#state;
    if (state.kind === 'half open' && permit === 'trial') {
      this.#open(Math.min(state.pauseMs * 2, this.#options.longestPauseMs));
    } else if (state.kind === 'closed') {
      const consecutiveTimeouts = state.consecutiveTimeouts + 1;
      if (consecutiveTimeouts >= this.#options.threshold) this.#open(this.#options.firstPauseMs);
      else this.#state = { kind: 'closed', consecutiveTimeouts };
    }
    // Otherwise the call began before the breaker opened, and its timeout tells nothing new.
  }

  #open(pauseMs: number): void {
    // Between half of the pause and all of it, so that the trials of many instances do not come at the same time.
    const jittered = pauseMs * (0.5 + this.#options.random() / 2);
    this.#state = { kind: 'open', untilMs: this.#options.now() + jittered, pauseMs };
  }
}

// A dead Redis should cost microseconds and not a deadline for each request. A pure state machine: the clock and the
// dice are handed in, and nothing runs in the background. The call that finds out whether Redis is back is a real one.

export interface BreakerOptions {
  /** Calls in a row without an answer that open it. 1 or more. */
  readonly threshold: number;
  /** How long it first refuses, in milliseconds. Doubles with each trial that fails. */
  readonly firstPauseMs: number;
  /** The longest that it refuses between two trials, in milliseconds. */
  readonly longestPauseMs: number;
  /** A clock that never goes back, in milliseconds. */
  readonly now: () => number;
  /** From 0 to 1, excluding 1: spreads the trials of many instances. */
  readonly random: () => number;
}

/** Given with admission and handed back when the call has ended. `trial` is the only one that is let through. */
export type Ticket = 'normal' | 'trial';

/**
 * How a call ended. `answered`: Redis said something, be it an error. `timed out`: the deadline passed. `failed fast`:
 * there was no connection or it broke; nobody waited, so this is no reason to refuse.
 */
export type CallOutcome = 'answered' | 'timed out' | 'failed fast';

type State =
  | { readonly kind: 'closed'; readonly consecutiveTimeouts: number }
  | { readonly kind: 'open'; readonly untilMs: number; readonly pauseMs: number }
  | { readonly kind: 'trying'; readonly pauseMs: number };

/** Refuses calls while Redis keeps silent, and lets one through now and then to find out whether it still does. */
export class Breaker {
  readonly #options: BreakerOptions;
  #state: State = { kind: 'closed', consecutiveTimeouts: 0 };
  #unansweredSinceMs: number | undefined;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#state.kind !== 'closed';
  }

  /** For how long no call was answered, in milliseconds; 0 after an answer. */
  get unansweredForMs(): number {
    return this.#unansweredSinceMs === undefined ? 0 : this.#options.now() - this.#unansweredSinceMs;
  }

  /** Asks to make a call; `undefined` is a refusal. Each ticket has to come back through {@link settle}. */
  admit(): Ticket | undefined {
    if (this.#state.kind === 'closed') return 'normal';
    if (this.#state.kind === 'trying' || this.#options.now() < this.#state.untilMs) return undefined;
    this.#state = { kind: 'trying', pauseMs: this.#state.pauseMs };
    return 'trial';
  }

  settle(ticket: Ticket, end: CallOutcome): void {
    if (end === 'answered') {
      this.#unansweredSinceMs = undefined;
      this.#state = { kind: 'closed', consecutiveTimeouts: 0 };
      return;
    }
    if (end === 'timed out') {
      this.#unansweredSinceMs ??= this.#options.now();
      this.#onTimeout(ticket);
      return;
    }
    // Without a connection every call fails at once by itself. When there is one again, the first silence counts.
    if (ticket === 'trial')
      this.#state = { kind: 'closed', consecutiveTimeouts: this.#options.threshold - 1 };
  }

  #onTimeout(ticket: Ticket): void {
    const state = this.#state;
    if (state.kind === 'trying' && ticket === 'trial') {
      this.#open(Math.min(state.pauseMs * 2, this.#options.longestPauseMs));
    } else if (state.kind === 'closed') {
      const consecutiveTimeouts = state.consecutiveTimeouts + 1;
      if (consecutiveTimeouts >= this.#options.threshold) this.#open(this.#options.firstPauseMs);
      else this.#state = { kind: 'closed', consecutiveTimeouts };
    }
    // Else it is the end of a call from before the breaker opened, which tells nothing new.
  }

  #open(pauseMs: number): void {
    // Between half of the pause and all of it, so that instances do not ask in step.
    const jittered = pauseMs * (0.5 + this.#options.random() / 2);
    this.#state = { kind: 'open', untilMs: this.#options.now() + jittered, pauseMs };
  }
}

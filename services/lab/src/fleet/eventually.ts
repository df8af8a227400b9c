import { setTimeout as sleep } from 'node:timers/promises';
import { FleetError } from './fleet.ts';

export interface Patience {
  /** How long the condition may take to come true, in milliseconds. */
  readonly deadlineMs: number;
  /** The pause between two looks, in milliseconds. Default 20. */
  readonly everyMs?: number;
  /** Ends the waiting early; what it throws is the signal's reason. */
  readonly signal?: AbortSignal;
  /** Added to the error when the deadline passes. */
  readonly details?: () => string;
}

/**
 * Looks again and again until a condition holds, and returns what it returned.
 *
 * @param what A clause that completes "It did not happen in 5 s that …".
 * @throws {FleetError} When the deadline passes; its cause is the last error that the condition threw, if any.
 */
export async function eventually<T>(
  what: string,
  condition: () => Promise<T | false | undefined> | T | false | undefined,
  patience: Patience,
): Promise<T> {
  const endsAt = performance.now() + patience.deadlineMs;
  for (;;) {
    patience.signal?.throwIfAborted();
    let cause: unknown;
    try {
      const result = await condition();
      if (result !== false && result !== undefined) return result;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > endsAt) {
      const details = patience.details ? `\n${patience.details()}` : '';
      throw new FleetError(`It did not happen in ${patience.deadlineMs / 1000} s that ${what}.${details}`, {
        cause,
      });
    }
    await sleep(patience.everyMs ?? 20);
  }
}

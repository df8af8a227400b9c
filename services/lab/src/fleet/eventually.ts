import { setTimeout as sleep } from 'node:timers/promises';
import { FleetError } from './fleet.ts';

export interface PollOptions {
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
 * Not by p-wait-for, which gives up at the first error that a condition throws: a wrapper would be as long as this.
 *
 * @param what A clause that completes "It did not happen in 5 s that …".
 * @throws {FleetError} When the deadline passes; its cause is the last error that the condition threw, if any.
 */
export async function eventually<T>(
  what: string,
  condition: () => Promise<T | false | undefined> | T | false | undefined,
  { deadlineMs, everyMs = 20, signal, details }: PollOptions,
): Promise<T> {
  const endsAt = performance.now() + deadlineMs;
  for (;;) {
    signal?.throwIfAborted();
    let cause: unknown;
    try {
      const result = await condition();
      if (result !== false && result !== undefined) return result;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > endsAt) {
      const more = details ? `\n${details()}` : '';
      throw new FleetError(`It did not happen in ${deadlineMs / 1000} s that ${what}.${more}`, { cause });
    }
    await sleep(everyMs);
  }
}

import { setTimeout as pause } from 'node:timers/promises';

/** Waits for `ms` milliseconds, or until the signal is aborted: then it resolves at once, it never throws. */
export async function pauseUnless(signal: AbortSignal, ms: number): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => {
    // Aborted: there is nothing left to wait for.
  });
}

import { setTimeout as sleep } from 'node:timers/promises';
import pTimeout from 'p-timeout';
import type { Check } from './health.ts';

/**
 * Waits until every part answers, but no longer than `patienceMs` milliseconds. A proxy that finds instances by DNS sends
 * requests as soon as the port is open, whatever /readyz says; the first of them must not meet a connection to the store
 * that is still being made.
 *
 * @returns whether all of them answered
 */
export async function waitForDependencies(checks: readonly Check[], patienceMs: number): Promise<boolean> {
  const end = performance.now() + patienceMs;
  const answersInTime = async (check: Check) => {
    for (;;) {
      const leftMs = end - performance.now();
      if (leftMs <= 0) return false;
      try {
        await pTimeout(check(), { milliseconds: leftMs });
        return true;
      } catch {
        // Not yet. Why is the business of whoever keeps the connection, and in the log.
        await sleep(Math.min(50, Math.max(end - performance.now(), 0)));
      }
    }
  };
  const answers = await Promise.all(checks.map(answersInTime));
  return answers.every(Boolean);
}

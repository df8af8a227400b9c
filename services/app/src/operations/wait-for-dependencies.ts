import { setTimeout as sleep } from 'node:timers/promises';
import pTimeout from 'p-timeout';
import { ConfigError } from '../settings/parse-settings.ts';
import type { ReadinessCheck } from './health.ts';

/**
 * Waits until every dependency answers, but no longer than `longestMs` milliseconds and not beyond `stop`. A proxy that finds instances by DNS
 * sends requests as soon as the port is open, whatever /readyz says, and the first of them should find the connection to
 * the store already made.
 *
 * @returns whether all of them answered
 * @throws when `stop` ends the wait
 * @throws {ConfigError} at once, when a dependency answers that a setting is wrong: no waiting makes it right
 */
export async function waitForDependencies(
  checks: readonly ReadinessCheck[],
  longestMs: number,
  stop: AbortSignal,
): Promise<boolean> {
  const end = performance.now() + longestMs;
  const passesInTime = async (check: ReadinessCheck) => {
    for (;;) {
      const leftMs = end - performance.now();
      if (leftMs <= 0) return false;
      try {
        await pTimeout(check(), { milliseconds: leftMs, signal: stop });
        return true;
      } catch (error) {
        stop.throwIfAborted();
        if (error instanceof ConfigError) throw error;
        // Not yet. The reason is logged where the connection is made.
        await sleep(Math.min(50, Math.max(end - performance.now(), 0)), undefined, { signal: stop });
      }
    }
  };
  const passed = await Promise.all(checks.map(passesInTime));
  return passed.every(Boolean);
}

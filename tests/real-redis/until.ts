import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again and again until the answer is truthy, and gives it. A question that throws is asked again.
 *
 * @throws Error that says what was waited for, with what was thrown last as its cause
 */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  deadlineMs = 10_000,
): Promise<NonNullable<T>> {
  const untilMs = performance.now() + deadlineMs;
  let cause: unknown;
  do {
    try {
      const answer = await ask();
      if (answer) return answer;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await sleep(10);
  } while (performance.now() < untilMs);
  throw new Error(`not within ${deadlineMs} ms: ${what}`, { cause });
}

// Requests at set times, whether the ones before were answered or not. Somebody who waits for an answer before asking
// again leaves out exactly the moments in which answers are slow.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../users/http-client.ts';

export interface TimedAnswer extends Answer {
  /** When the request was sent, by `performance.now()`. */
  readonly sentAtMs: number;
}

/** Sends one every so many milliseconds for as long as something is done. Resolves when the last one has its answer. */
export async function sendPaced(
  everyMs: number,
  send: () => Promise<Answer>,
  during: () => Promise<unknown>,
): Promise<TimedAnswer[]> {
  const over = new AbortController();
  const done = during().finally(() => over.abort());
  const answers: Promise<TimedAnswer>[] = [];
  for (let dueAtMs = performance.now(); !over.signal.aborted; dueAtMs += everyMs) {
    const sentAtMs = performance.now();
    answers.push(send().then((answer) => ({ ...answer, sentAtMs })));
    const leftMs = Math.max(0, dueAtMs + everyMs - performance.now());
    await sleep(leftMs, undefined, { signal: over.signal }).catch(() => {
      // It is over.
    });
  }
  await done;
  return Promise.all(answers);
}

/** The time in which a share of the answers was there, in whole milliseconds. @param share 0 to 1 */
export function quantile(answers: readonly Answer[], share: number): number {
  const times = answers.map(({ ms }) => ms).sort((a, b) => a - b);
  return Math.round(times[Math.max(0, Math.ceil(share * times.length) - 1)] ?? 0);
}

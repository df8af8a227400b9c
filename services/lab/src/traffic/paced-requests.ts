// Requests at set times, whether the ones before were answered or not. Somebody who waits for an answer before asking
// again leaves out exactly the moments in which answers are slow.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../users/http-client.ts';
import { quantile } from './quantile.ts';

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

/** A quantile of the answers' latencies, in whole milliseconds; 0 when there is none. @param share 0 to 1 */
export function latencyQuantileMs(answers: readonly Answer[], share: number): number {
  if (answers.length === 0) return 0;
  const sorted = answers.map(({ ms }) => ms).sort((a, b) => a - b);
  return Math.round(quantile(sorted, share));
}

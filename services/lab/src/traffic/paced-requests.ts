// Requests at set times, whether the ones before were answered or not. Somebody who waits for an answer before asking
// again leaves out exactly the moments in which answers are slow.

import { pauseUnlessAborted } from '../supervision/unless-aborted.ts';
import type { Answer } from '../users/http-client.ts';

/** Sends one every so many milliseconds for as long as something is done. Resolves when the last one has its answer. */
export async function sendPaced<A extends Answer>(
  everyMs: number,
  send: () => Promise<A>,
  during: () => Promise<unknown>,
): Promise<A[]> {
  const over = new AbortController();
  const done = during().finally(() => over.abort());
  const answers: Promise<A>[] = [];
  for (let dueAtMs = performance.now(); !over.signal.aborted; dueAtMs += everyMs) {
    answers.push(send());
    await pauseUnlessAborted(over.signal, Math.max(0, dueAtMs + everyMs - performance.now()));
  }
  await done;
  return Promise.all(answers);
}

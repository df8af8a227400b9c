// Work that is done again and again for as long as an instance runs.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';

export interface RepeatOptions {
  /** The pause after each time, in milliseconds. */
  readonly everyMs: number;
  /** For messages: what does not work, such as "cannot read the epochs of sessions". */
  readonly problem: string;
  readonly log: Logger;
}

/**
 * Begins at once. The work has to have a deadline of its own. A failure is logged when it begins and when it is over, not each
 * time. Disposing it lets the last time finish.
 */
export function repeat(
  work: () => Promise<unknown>,
  { everyMs, problem, log }: RepeatOptions,
): AsyncDisposable {
  const stopped = new AbortController();
  let isFailing = false;
  const once = async () => {
    try {
      await work();
      if (isFailing) log.info({ problem }, 'it works again');
      isFailing = false;
    } catch (error) {
      if (!isFailing) log.warn({ reason: reasonOf(error) }, problem);
      isFailing = true;
    }
  };
  const running = (async () => {
    while (!stopped.signal.aborted) {
      await once();
      // Rejects when it is stopped. The timer does not keep the process alive.
      await sleep(everyMs, undefined, { signal: stopped.signal, ref: false }).catch(() => {});
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await running;
    },
  };
}

/** Without the stack: nearly always it is a server that is down, which is no failure of this program. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} ${error.cause.message}` : error.message;
}

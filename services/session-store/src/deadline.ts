// node-redis' own command timeout and its AbortSignal only cover a command until it is written to the socket. After that
// its promise waits until Redis replies, however long that takes (client/commands-queue.js, `commandsToWrite`). So the
// wait itself is limited here; how long it may be is `deadlineMs` in options.ts (the app's setting STORE_DEADLINE_MS).

/** There was no result by the deadline. What was sent may still be carried out. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

/**
 * Waits for a promise, but no longer than a deadline. What the promise does later is ignored, a rejection included.
 *
 * A blocked event loop must not count as a Redis that does not answer: Node runs expired timers before it reads sockets,
 * so after a long synchronous stretch a reply may be in the socket, unread. The event loop therefore gets one more turn
 * to read it. And where the timer itself fired late it gets {@link graceMs} more, because the command may have been
 * written late as well.
 *
 * @param deadlineMs above 0
 * @param onTimeout called once when the deadline passes, before the promise rejects; to abort what is not yet sent
 * @throws {@link TimeoutError}
 */
export function withinDeadline<T>(deadlineMs: number, work: Promise<T>, onTimeout?: () => void): Promise<T> {
  const startedMs = performance.now();
  return new Promise<T>((resolve, reject) => {
    let settled = false;
    const giveUp = () => {
      if (settled) return;
      settled = true;
      onTimeout?.();
      reject(new TimeoutError(`no answer within ${deadlineMs} ms`));
    };
    const giveUpAfterReading = () => setImmediate(giveUp);
    let timer = setTimeout(() => {
      const lateMs = performance.now() - startedMs - deadlineMs;
      if (lateMs < graceMs) giveUpAfterReading();
      else timer = setTimeout(giveUpAfterReading, graceMs);
    }, deadlineMs);
    const settle = (resolveOrReject: () => void) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      resolveOrReject();
    };
    work.then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error)),
    );
  });
}

/** In milliseconds. */
const graceMs = 50;

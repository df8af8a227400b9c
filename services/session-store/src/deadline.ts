// node-redis' own command timeout and its AbortSignal cover a command only until it is written to the socket; after
// that its promise waits for as long as Redis keeps silent (client/commands-queue.js, `commandsToWrite`). So the wait
// itself is bounded here.

/** No answer came in time. What was sent may still be carried out. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

/**
 * Waits for a promise, but no longer than a deadline. What the promise does later is ignored, a rejection included.
 *
 * A blocked event loop is no silent Redis: Node runs expired timers before it reads sockets, so after a long
 * synchronous stretch an answer may lie unread in the socket. The loop therefore gets one turn more to read it, and
 * where the timer came late by itself {@link graceMs} more, for the command too may have left late.
 *
 * @param deadlineMs above 0
 * @param onPassed called once when the deadline passes, before the promise rejects; to abandon what is not yet sent
 * @throws {@link TimeoutError}
 */
export function withinDeadline<T>(deadlineMs: number, work: Promise<T>, onPassed?: () => void): Promise<T> {
  const startedMs = performance.now();
  return new Promise<T>((resolve, reject) => {
    let settled = false;
    const giveUp = () => {
      if (settled) return;
      settled = true;
      onPassed?.();
      reject(new TimeoutError(`no answer within ${deadlineMs} ms`));
    };
    const lastLook = () => setImmediate(giveUp);
    let timer = setTimeout(() => {
      const lateMs = performance.now() - startedMs - deadlineMs;
      if (lateMs < graceMs) lastLook();
      else timer = setTimeout(lastLook, graceMs);
    }, deadlineMs);
    const end = (settle: () => void) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      settle();
    };
    work.then(
      (value) => end(() => resolve(value)),
      (error: unknown) => end(() => reject(error)),
    );
  });
}

/** In milliseconds. */
const graceMs = 50;

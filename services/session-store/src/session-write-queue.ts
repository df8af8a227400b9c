// The writes of one session on one instance run one after the other, and each knows what the one before left in Redis.
// So however many requests of a session write at once, each instance has only one write under way, and in the usual case
// the next ones find in Redis what they expect.

/** What the writes of one session know of the ones before them. */
export interface LastWrite {
  /** The text that is in Redis as far as this instance knows; `undefined` before its first write. */
  text: string | undefined;
}

interface Queue extends LastWrite {
  /** Settles when the last write in the queue has ended. */
  end: Promise<unknown>;
}

export class SessionWriteQueue {
  readonly #bySession = new Map<string, Queue>();

  /**
   * Runs the write when all earlier ones of the same session have ended, successfully or not.
   * @param write sets `lastWrite.text` to what it has stored
   */
  run<T>(sessionId: string, write: (lastWrite: LastWrite) => Promise<T>): Promise<T> {
    const queue = this.#bySession.get(sessionId) ?? { text: undefined, end: Promise.resolve() };
    const result = queue.end.then(() => write(queue));
    // A failure is reported to its own caller, and does not stop the next write.
    const end = result
      .catch(() => undefined)
      .then(() => {
        if (queue.end === end) this.#bySession.delete(sessionId);
      });
    queue.end = end;
    this.#bySession.set(sessionId, queue);
    return result;
  }
}

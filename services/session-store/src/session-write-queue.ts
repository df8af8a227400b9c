// Writes of one session on one instance happen one after the other, each knowing what the one before left in Redis. So
// however many requests of a session write at once, only one per instance competes, and the others find no difference.

/** What the writes of one session hand on to one another. */
export interface QueuedWrite {
  /** The text that is in Redis as far as this instance knows, where it knows. */
  latestText: string | undefined;
}

interface Queue extends QueuedWrite {
  last: Promise<unknown>;
}

export class SessionWriteQueue {
  readonly #bySession = new Map<string, Queue>();

  /** Does work when all work on the same session that came before has ended, well or not. */
  take<T>(sessionId: string, work: (turn: QueuedWrite) => Promise<T>): Promise<T> {
    const queue = this.#bySession.get(sessionId) ?? { latestText: undefined, last: Promise.resolve() };
    const mine = queue.last.then(() => work(queue));
    // Whether it failed is its own caller's business.
    const last = mine
      .catch(() => undefined)
      .then(() => {
        if (queue.last === last) this.#bySession.delete(sessionId);
      });
    queue.last = last;
    this.#bySession.set(sessionId, queue);
    return mine;
  }
}

// Remembers from which text in Redis a session object was made. express-session asks the store for plain data (`get`),
// has it made into a Session (`createSession`), and passes that Session back (`set`). The link goes by these objects and
// not by the session's id, so that two requests of one session in one process each have a snapshot of their own, and no
// content of a session can forge one.

/** What this process knows about the stored session that an object was made from. */
export interface LoadedSnapshot {
  readonly sessionId: string;
  /** The text that the next write expects to find in Redis. */
  storedText: string;
  /**
   * What the request knows, as text: what it loaded, or its own content at its last save. After a merge this is not
   * {@link storedText}: the changes of others are in Redis, but not in the request's session object.
   */
  seenText: string;
  /** When Redis will expire the session, on the clock of this process' `performance.now()`. */
  expiresAtMs: number;
  /** How many writes of the session object are under way. */
  writesUnderWay: number;
}

/** The snapshots of all session objects. They live as long as these objects. */
export class LoadedSnapshots {
  readonly #byObject = new WeakMap<object, LoadedSnapshot>();
  readonly #maybeStored = new WeakSet<object>();

  get(session: object, sessionId: string): LoadedSnapshot | undefined {
    const snapshot = this.#byObject.get(session);
    // Data that was loaded under one id and is written under another is a new session.
    return snapshot?.sessionId === sessionId ? snapshot : undefined;
  }

  set(session: object, snapshot: LoadedSnapshot): void {
    this.#byObject.set(session, snapshot);
    this.#maybeStored.add(session);
  }

  /** For a session object that was made from loaded data. */
  copy(data: object, session: object): void {
    const snapshot = this.#byObject.get(data);
    if (snapshot !== undefined) this.#byObject.set(session, snapshot);
    // Data that this store did not load may be in Redis all the same.
    this.#maybeStored.add(session);
  }

  /** For a session whose first write is sent. Whether it is stored is not known until Redis replies. */
  markSent(session: object): void {
    this.#maybeStored.add(session);
  }

  /** False only for a session that was certainly never sent to Redis. */
  isMaybeStored(session: object): boolean {
    return this.#maybeStored.has(session);
  }
}

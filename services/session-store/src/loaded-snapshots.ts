// Which text in Redis a session object was made of. express-session asks the store for plain data (`get`), has it made
// into a Session (`createSession`), and hands that Session back (`set`). The link runs along these objects and not
// along the id, so that two requests of one session in one process each have an snapshot of their own, and nobody can
// forge one.

/** Where a session object came from, and what this process believes is in Redis. */
export interface LoadedSnapshot {
  readonly sessionId: string;
  /** The text that the next write expects to find. */
  text: string;
  /**
   * What the request last saw, as text: what it loaded, or its own content as of its last save. After a merge this is
   * not {@link text}: others' changes are in Redis, but not in the request's session object.
   */
  seen: string;
  /** When Redis will let it expire, by this process' `performance.now()`. */
  expiresAtMs: number;
  /** Writes of the session object that are under way. */
  writing: number;
}

/** Remembers origins for as long as their session objects live. */
export class LoadedSnapshots {
  readonly #byObject = new WeakMap<object, LoadedSnapshot>();
  readonly #maybeStored = new WeakSet<object>();

  of(session: object, sessionId: string): LoadedSnapshot | undefined {
    const snapshot = this.#byObject.get(session);
    // Data that was loaded under one id and is written under another is a new session.
    return snapshot?.sessionId === sessionId ? snapshot : undefined;
  }

  remember(session: object, snapshot: LoadedSnapshot): void {
    this.#byObject.set(session, snapshot);
    this.#maybeStored.add(session);
  }

  /** A session object was made of loaded data. Data from elsewhere may or may not be in Redis. */
  inherit(session: object, data: object): void {
    const snapshot = this.#byObject.get(data);
    if (snapshot !== undefined) this.#byObject.set(session, snapshot);
    this.#maybeStored.add(session);
  }

  /** A write was sent of which it is not yet known what became of it. */
  suspect(session: object): void {
    this.#maybeStored.add(session);
  }

  /** False only for a session that was never sent to Redis. */
  maybeStored(session: object): boolean {
    return this.#maybeStored.has(session);
  }
}

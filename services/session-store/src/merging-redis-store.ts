// The session store for more than one instance: it loses no write, never recreates a session that has ended, and fails
// within a deadline when Redis does not answer. It replaces connect-redis' store and keeps its keys and JSON.

import { RedisStore } from 'connect-redis';
import type { Request } from 'express';
import expressSession, { type Session, type SessionData } from 'express-session';
import { SessionGone, SessionStoreUnavailable } from './errors.ts';
import { lifetimeMs, rawLifetimeMs } from './lifetime.ts';
import { type LoadedSnapshot, LoadedSnapshots } from './loaded-snapshots.ts';
import { contentChanged } from './merge.ts';
import { type MergingRedisStoreOptions, withDefaults } from './options.ts';
import { type CallContext, RedisCalls } from './redis-calls.ts';
import { type LastWrite, SessionWriteQueue } from './session-write-queue.ts';
import { DamagedSession, parseStored, type StoredSession } from './stored-session.ts';
import { type Callback, toCallback } from './to-callback.ts';
import { writeLoaded } from './write-loaded.ts';

/**
 * An express-session store on Redis.
 *
 * What a write does depends on where its session came from:
 * - made by express-session and never stored: it is written with a plain SET;
 * - loaded by `get` (or stored before by this object): it replaces only the text that it was made from. Where another
 *   request has written in the meantime, the two are merged by their top-level keys (merge.ts). Where the session has
 *   ended (logout, a login's new id, expiry), nothing is written and the callback gets {@link SessionGone}: a late
 *   request cannot recreate it. A save of what is stored already sends nothing.
 *
 * What a request has not saved, express-session saves at its end, when the head of the response is already sent. A
 * handler whose response depends on the session being stored has to call `req.session.save` and answer after it. An error
 * of a save at the end reaches the app's error handler with `res.headersSent`.
 *
 * Each call ends by its deadline. What Redis cannot serve ends in {@link SessionStoreUnavailable}; only a renewal that
 * failed is no error (see SessionStoreEvent). express-session's `disconnect` event is never emitted: after it,
 * express-session continues without sessions, so an outage would log everyone out.
 */
export class MergingRedisStore extends RedisStore {
  /** express-session assigns it to the store that it is given. */
  declare generate: (request: Request) => void;

  readonly #options: ReturnType<typeof withDefaults>;
  readonly #calls: RedisCalls;
  readonly #snapshots = new LoadedSnapshots();
  readonly #writeQueue = new SessionWriteQueue();
  #reconnectedAtMs = 0;

  /** @throws RangeError for an option outside of its range */
  constructor(options: MergingRedisStoreOptions) {
    super(options);
    this.#options = withDefaults(options);
    this.#calls = new RedisCalls({
      client: options.client,
      breaker: this.#options.breaker,
      deadlineMs: this.#options.deadlineMs,
      onTimeout: (unansweredForMs) => this.#onTimeout(unansweredForMs),
    });
  }

  /** One round trip: GET and PTTL are sent in the same write to the socket. */
  override get(
    sessionId: string,
    callback?: Callback<StoredSession | null>,
  ): Promise<StoredSession | null | undefined> {
    return toCallback(this.#load(sessionId), callback);
  }

  override set(sessionId: string, session: SessionData, callback?: Callback<void>): Promise<void> {
    return toCallback(this.#store(sessionId, session), callback);
  }

  /**
   * Renews the session's time to live when enough of it is used up. A session that has ended stays ended, which is no
   * error. Where there is nothing to do it calls back at once: express-session then sends the response in one piece,
   * and otherwise holds its last byte back until the store has called back.
   */
  override touch(sessionId: string, session: SessionData, callback?: Callback<void>): Promise<void> {
    if (callback !== undefined && this.#hasTimeLeft(sessionId, session)) {
      callback(null);
      return Promise.resolve();
    }
    return toCallback(this.#renew(sessionId, session), callback);
  }

  override destroy(sessionId: string, callback?: Callback<void>): Promise<void> {
    return toCallback(this.#remove(sessionId), callback);
  }

  /** As express-session's own, but without a DEL for a session that was never stored. */
  override regenerate(request: Request, callback: (error?: unknown) => void): void {
    const session: object | undefined = request.session;
    if (session === undefined || this.#snapshots.isMaybeStored(session)) {
      super.regenerate(request, callback);
      return;
    }
    this.generate(request);
    process.nextTick(callback);
  }

  override createSession(request: Request, data: SessionData): Session & SessionData {
    const session = super.createSession(request, data);
    this.#snapshots.copy(data, session);
    return session;
  }

  /** For readiness: asks Redis with one command, even while the breaker is open. @throws SessionStoreUnavailable */
  async ping(): Promise<void> {
    // Not PING: in a cluster it goes to each node, and the failure of one node would make every instance not ready.
    await this.#calls.read('ping', (commands) => commands.exists(`${this.prefix}readiness`));
  }

  async #load(sessionId: string): Promise<StoredSession | null> {
    const key = this.prefix + sessionId;
    const [text, remainingMs] = await this.#calls.read('read', (commands) =>
      Promise.all([commands.get(key), commands.pTTL(key)]),
    );
    if (text === null || text === undefined) return null;
    try {
      const data = await parseStored(text, this.serializer);
      this.#snapshots.set(data, newSnapshot(sessionId, String(text), endsAt(remainingMs)));
      return data;
    } catch (cause) {
      if (!(cause instanceof DamagedSession)) throw cause;
      this.#options.observe({ type: 'damaged', sessionId, cause });
      return null;
    }
  }

  async #store(sessionId: string, session: SessionData): Promise<void> {
    // Before anything is awaited: the handler may go on changing the session.
    const text = this.serializer.stringify(session);
    const ttlMs = lifetimeMs(session, this.ttl);
    if (ttlMs <= 0) return this.#remove(sessionId);
    const snapshot = this.#snapshots.get(session, sessionId);
    if (snapshot === undefined) return this.#create(sessionId, session, text, ttlMs);
    const mine = await parseStored(text, this.serializer);
    const seen = await parseStored(snapshot.seenText, this.serializer);
    // While another write of this object is under way, `seen` is not yet what it will have stored.
    if (snapshot.writesUnderWay > 0 || contentChanged(seen, mine)) return this.#change(snapshot, mine, text);
    return this.#renew(sessionId, session);
  }

  async #create(sessionId: string, session: SessionData, text: string, ttlMs: number): Promise<void> {
    this.#snapshots.markSent(session);
    const expiration = { type: 'PX', value: ttlMs } as const;
    await this.#calls.write('write', ({ commands }) =>
      commands.set(this.prefix + sessionId, text, { expiration }),
    );
    // Plain data that is stored without a request has no snapshot, so that each time it is written as it is.
    if (session instanceof expressSession.Session) {
      this.#snapshots.set(session, newSnapshot(sessionId, text, performance.now() + ttlMs));
    }
  }

  async #change(snapshot: LoadedSnapshot, mine: StoredSession, mineText: string): Promise<void> {
    const { observe, deadlineMs, resolverFor } = this.#options;
    const write = async (context: CallContext, lastWrite: LastWrite) => {
      context.timedOut.throwIfAborted();
      const madeFrom = snapshot.storedText;
      const done = await writeLoaded(context, {
        key: this.prefix + snapshot.sessionId,
        seen: await parseStored(snapshot.seenText, this.serializer),
        mine,
        expected: lastWrite.text ?? snapshot.storedText,
        serializer: this.serializer,
        ttl: this.ttl,
        resolverFor,
        retryForMs: deadlineMs * 0.8,
      });
      lastWrite.text = done.text;
      snapshot.storedText = done.text;
      snapshot.seenText = mineText;
      snapshot.expiresAtMs = performance.now() + done.ttlMs;
      return { merged: done.replaced !== madeFrom, conflicts: done.conflicts };
    };
    snapshot.writesUnderWay += 1;
    try {
      const { merged, conflicts } = await this.#calls.write('write', (context) =>
        this.#writeQueue.run(snapshot.sessionId, (lastWrite) => write(context, lastWrite)),
      );
      if (merged) observe({ type: 'merged', conflicts });
    } catch (error) {
      if (error instanceof SessionGone) observe({ type: 'gone' });
      throw error;
    } finally {
      snapshot.writesUnderWay -= 1;
    }
  }

  async #renew(sessionId: string, session: SessionData): Promise<void> {
    if (this.#hasTimeLeft(sessionId, session)) return;
    const ttlMs = lifetimeMs(session, this.ttl);
    if (ttlMs <= 0) return this.#remove(sessionId);
    try {
      await this.#calls.write('touch', ({ commands }) => commands.pExpire(this.prefix + sessionId, ttlMs));
      const snapshot = this.#snapshots.get(session, sessionId);
      if (snapshot !== undefined) snapshot.expiresAtMs = performance.now() + ttlMs;
    } catch (cause) {
      if (!(cause instanceof SessionStoreUnavailable)) throw cause;
      // The response to the user is right all the same, and the next request renews.
      this.#options.observe({ type: 'not renewed', cause });
    }
  }

  /** False also when more time is left than the lifetime: then the lifetime was made shorter. */
  #hasTimeLeft(sessionId: string, session: SessionData): boolean {
    const snapshot = this.#snapshots.get(session, sessionId);
    if (snapshot === undefined) return false;
    const ttlMs = rawLifetimeMs(session, this.ttl);
    const usedMs = Math.abs(ttlMs - (snapshot.expiresAtMs - performance.now()));
    // Also false for a lifetime that is NaN, which is then refused where the renewal computes it.
    return usedMs < ttlMs * this.#options.touchAfter;
  }

  async #remove(sessionId: string): Promise<void> {
    await this.#calls.write('destroy', ({ commands }) => commands.del(this.prefix + sessionId));
  }

  #onTimeout(unansweredForMs: number): void {
    this.#options.observe({ type: 'timeout', unansweredForMs });
    const nowMs = performance.now();
    if (
      unansweredForMs < unansweredBeforeReconnectMs ||
      nowMs - this.#reconnectedAtMs < unansweredBeforeReconnectMs
    )
      return;
    this.#reconnectedAtMs = nowMs;
    this.#options.reconnect();
  }
}

function newSnapshot(sessionId: string, text: string, expiresAtMs: number): LoadedSnapshot {
  return { sessionId, storedText: text, seenText: text, expiresAtMs, writesUnderWay: 0 };
}

/**
 * A connection on which nothing comes for so long may be dead without either end knowing (a firewall has forgotten it, an
 * address has moved), and TCP would retransmit for many minutes.
 */
const unansweredBeforeReconnectMs = 2000;

function endsAt(remainingMs: unknown): number {
  // -1: a key that does not expire. The next renewal gives it a time to live.
  if (typeof remainingMs !== 'number' || remainingMs === -1) return Number.POSITIVE_INFINITY;
  return performance.now() + Math.max(remainingMs, 0);
}

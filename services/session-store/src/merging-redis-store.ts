// The session store for more than one instance: loses no write, brings nothing back to life, and says within a
// deadline when Redis does not answer. A drop-in for connect-redis' store, whose keys and JSON it keeps.

import { RedisStore } from 'connect-redis';
import type { Request } from 'express';
import expressSession, { type Session, type SessionData } from 'express-session';
import { type Callback, toCallback } from './callbacks.ts';
import { SessionGone, SessionStoreUnavailable } from './errors.ts';
import { lifetimeMs, rawLifetimeMs } from './lifetime.ts';
import { type LoadedSnapshot, LoadedSnapshots } from './loaded-snapshots.ts';
import { contentChanged } from './merge.ts';
import { type MergingRedisStoreOptions, withDefaults } from './options.ts';
import { type CallContext, RedisCalls } from './redis-calls.ts';
import { type QueuedWrite, SessionWriteQueue } from './session-write-queue.ts';
import { DamagedSession, parseStored, type StoredSession } from './stored-session.ts';
import { writeLoaded } from './write-loaded.ts';

/**
 * An express-session store on Redis.
 *
 * What a write does depends on where its session came from:
 * - made by express-session and never stored: it is plainly set;
 * - loaded by `get` (or stored before by this object): it is written only over the text that it was made of. Where
 *   another request has written in the meantime, the two are merged by their top-level keys (merge.ts). Where the
 *   session has ended (logout, a login's new id, expiry), nothing is written and the callback gets {@link SessionGone}:
 *   a late request cannot bring it back. A save of what is stored already sends nothing.
 *
 * express-session saves at the end of a request what was not saved before, when the answer's head is already out. A
 * handler whose answer depends on the session being stored calls `req.session.save` and answers after it. An error of a
 * save at the end reaches the app's error handler with `res.headersSent`.
 *
 * Each call ends by its deadline. What Redis cannot serve ends in {@link SessionStoreUnavailable}; only a renewal that
 * failed is no error (see SessionStoreEvent). express-session's `disconnect` event is never emitted: on it,
 * express-session goes on without a session, so an outage would log everyone out.
 */
export class MergingRedisStore extends RedisStore {
  /** Assigned by express-session to the store it is given. */
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

  /** One round trip: the text and its remaining time are asked for in the same write to the socket. */
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
   * Renews the session's time where enough of it is used up. A session that is gone stays gone, and no error. Where
   * there is nothing to do it calls back at once: express-session then sends the answer in one piece, and else holds
   * its last byte back until the store has answered.
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

  /** As express-session's own, but a session that was never stored needs no DEL. */
  override regenerate(request: Request, callback: (error?: unknown) => void): void {
    const session: object | undefined = request.session;
    if (session === undefined || this.#snapshots.maybeStored(session)) {
      super.regenerate(request, callback);
      return;
    }
    this.generate(request);
    process.nextTick(callback);
  }

  override createSession(request: Request, data: SessionData): Session & SessionData {
    const session = super.createSession(request, data);
    this.#snapshots.inherit(session, data);
    return session;
  }

  /** Whether Redis serves, for readiness: one command, whatever the breaker thinks. @throws SessionStoreUnavailable */
  async ping(): Promise<void> {
    // Not PING: with a cluster that goes to each node, and one node's failure would take every instance out of traffic.
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
      this.#snapshots.remember(data, this.#snapshot(sessionId, String(text), endsAt(remainingMs)));
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
    const snapshot = this.#snapshots.of(session, sessionId);
    if (snapshot === undefined) return this.#create(sessionId, session, text, ttlMs);
    const mine = await parseStored(text, this.serializer);
    const seen = await parseStored(snapshot.seen, this.serializer);
    // While a write is under way, what the session will be by then is not known.
    if (snapshot.writing > 0 || contentChanged(seen, mine)) return this.#change(snapshot, mine, text);
    return this.#renew(sessionId, session);
  }

  async #create(sessionId: string, session: SessionData, text: string, ttlMs: number): Promise<void> {
    this.#snapshots.suspect(session);
    const expiration = { type: 'PX', value: ttlMs } as const;
    await this.#calls.write('write', ({ commands }) =>
      commands.set(this.prefix + sessionId, text, { expiration }),
    );
    // Plain data that somebody stores by hand is no request's session, and each time it is meant as it is.
    if (session instanceof expressSession.Session) {
      this.#snapshots.remember(session, this.#snapshot(sessionId, text, performance.now() + ttlMs));
    }
  }

  async #change(snapshot: LoadedSnapshot, mine: StoredSession, mineText: string): Promise<void> {
    const { observe, deadlineMs, resolverFor } = this.#options;
    const write = async (context: CallContext, turn: QueuedWrite) => {
      context.abandoned.throwIfAborted();
      const basedOn = snapshot.text;
      const done = await writeLoaded(context, {
        key: this.prefix + snapshot.sessionId,
        seen: await parseStored(snapshot.seen, this.serializer),
        mine,
        expected: turn.latestText ?? snapshot.text,
        serializer: this.serializer,
        ttl: this.ttl,
        resolverFor,
        patienceMs: deadlineMs * 0.8,
      });
      turn.latestText = done.text;
      snapshot.text = done.text;
      snapshot.seen = mineText;
      snapshot.expiresAtMs = performance.now() + done.ttlMs;
      return { merged: done.replaced !== basedOn, conflicts: done.conflicts };
    };
    snapshot.writing += 1;
    try {
      const { merged, conflicts } = await this.#calls.write('write', (context) =>
        this.#writeQueue.take(snapshot.sessionId, (turn) => write(context, turn)),
      );
      if (merged) observe({ type: 'merged', conflicts });
    } catch (error) {
      if (error instanceof SessionGone) observe({ type: 'gone' });
      throw error;
    } finally {
      snapshot.writing -= 1;
    }
  }

  async #renew(sessionId: string, session: SessionData): Promise<void> {
    if (this.#hasTimeLeft(sessionId, session)) return;
    const ttlMs = lifetimeMs(session, this.ttl);
    if (ttlMs <= 0) return this.#remove(sessionId);
    try {
      await this.#calls.write('touch', ({ commands }) => commands.pExpire(this.prefix + sessionId, ttlMs));
      const snapshot = this.#snapshots.of(session, sessionId);
      if (snapshot !== undefined) snapshot.expiresAtMs = performance.now() + ttlMs;
    } catch (cause) {
      if (!(cause instanceof SessionStoreUnavailable)) throw cause;
      // The answer to the user is right all the same, and the next request renews.
      this.#options.observe({ type: 'not renewed', cause });
    }
  }

  /** False also when more time is left than there should be: then the lifetime was made shorter. */
  #hasTimeLeft(sessionId: string, session: SessionData): boolean {
    const snapshot = this.#snapshots.of(session, sessionId);
    if (snapshot === undefined) return false;
    const ttlMs = rawLifetimeMs(session, this.ttl);
    const usedMs = Math.abs(ttlMs - (snapshot.expiresAtMs - performance.now()));
    // Not true either for a lifetime that is no number, so that it is refused.
    return usedMs < ttlMs * this.#options.touchAfter;
  }

  async #remove(sessionId: string): Promise<void> {
    await this.#calls.write('destroy', ({ commands }) => commands.del(this.prefix + sessionId));
  }

  #snapshot(sessionId: string, text: string, expiresAtMs: number): LoadedSnapshot {
    return { sessionId, text, seen: text, expiresAtMs, writing: 0 };
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

/**
 * A connection over which nothing comes for so long may be dead without either end knowing (a firewall that forgot it,
 * an address that moved), and TCP would go on repeating itself for many minutes.
 */
const unansweredBeforeReconnectMs = 2000;

function endsAt(remainingMs: unknown): number {
  // -1: a key that never expires. It gets an end with the next renewal.
  if (typeof remainingMs !== 'number' || remainingMs === -1) return Number.POSITIVE_INFINITY;
  return performance.now() + Math.max(remainingMs, 0);
}

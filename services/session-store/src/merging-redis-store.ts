// The session store for more than one instance: it loses no write, never recreates a session that has ended, and fails
// within a deadline when Redis does not answer. It replaces connect-redis' store and keeps its keys and JSON.

import type { Request } from 'express';
import { type Session, type SessionData, Store } from 'express-session';
import { SessionGone } from './errors.ts';
import { lifetimeChanged } from './merge-cookies.ts';
import { type MergingRedisStoreOptions, withDefaults } from './options.ts';
import { type OwnedSessions, ownedSessions } from './owned-sessions.ts';
import { SessionCalls } from './session-calls.ts';
import { SessionOrigins } from './session-origins.ts';
import { SessionReads } from './session-reads.ts';
import { SessionSaves } from './session-saves.ts';
import type { StoredSession } from './stored-session.ts';
import { type Callback, toCallback } from './to-callback.ts';

/**
 * An express-session store on Redis.
 *
 * What a write does depends on where its session came from:
 * - made by express-session and never stored, or plain data that the app has made: it is written with a plain SET;
 * - loaded by `get` or `all` (or stored before by this object): it replaces only the text that it was made from. Where
 *   another request has written in the meantime, the two are merged by their top-level keys (merge.ts). Where the session
 *   has ended (logout, a login's new id, expiry), nothing is written and the callback gets {@link SessionGone}: a late
 *   request cannot recreate it. A save of what is stored already sends nothing;
 * - anything else is refused with {@link InvalidSession}: a blind write could undo what others have written.
 *
 * What a request has not saved, express-session saves at its end, when the head of the response is already sent. A
 * handler whose response depends on the session being stored has to call `req.session.save` and answer after it. An error
 * of a save at the end reaches the app's error handler with `res.headersSent`; SessionGone does not, because Express would
 * cut the response, and nobody can be told any more (see `gone` in SessionStoreEvent).
 *
 * Each call ends by its deadline. What Redis cannot serve ends in {@link SessionStoreUnavailable}; only a renewal that
 * failed is no error (see SessionStoreEvent). express-session's `disconnect` event is never emitted: after it,
 * express-session continues without sessions, so an outage would log everyone out.
 */
export class MergingRedisStore extends Store {
  /** express-session assigns it to the store that it is given. */
  declare generate: (request: Request) => void;
  readonly prefix: string;
  /** The sessions of each user. Only where the option `owners` is set. */
  readonly ownedSessions: OwnedSessions | undefined;

  readonly #calls: SessionCalls;
  readonly #reads: SessionReads;
  readonly #saves: SessionSaves;
  readonly #origins = new SessionOrigins();

  /** @throws RangeError for an option outside of its range, TypeError for a client or an option that it cannot use */
  constructor(options: MergingRedisStoreOptions) {
    super();
    const all = withDefaults(options);
    this.prefix = all.prefix;
    this.#calls = new SessionCalls(all);
    this.ownedSessions = all.owners && ownedSessions(all, all.owners, this.#calls);
    this.#reads = new SessionReads(all, this.#calls, this.#origins);
    this.#saves = new SessionSaves(all, this.#calls, this.#origins);
    this.#rememberNewSessions();
  }

  /** One round trip: GET and PTTL are sent in the same write to the socket. */
  override get(
    sessionId: string,
    callback?: Callback<StoredSession | null>,
  ): Promise<StoredSession | null | undefined> {
    return toCallback(this.#reads.load(sessionId), callback);
  }

  override set(sessionId: string, session: SessionData, callback?: Callback<void>): Promise<void> {
    const stored = this.#saves.save(sessionId, session);
    return toCallback(callback === undefined ? stored : stored.catch(unlessAnswered(session)), callback);
  }

  /**
   * Renews the session's time to live when enough of it is used up, and if nobody has written it in the meantime. A
   * session that has ended stays ended, which is no error. Where there is nothing to do it calls back at once:
   * express-session then sends the response in one piece, and otherwise holds its last byte back until the store has
   * called back. A lifetime that the request has changed is stored as any other change.
   */
  override touch(sessionId: string, session: SessionData, callback?: Callback<void>): Promise<void> {
    const snapshot = this.#saves.snapshotOf(sessionId, session);
    if (snapshot !== undefined && lifetimeChanged(snapshot.seenMaxAge, session.cookie?.originalMaxAge)) {
      return this.set(sessionId, session, callback);
    }
    if (callback !== undefined && snapshot !== undefined && this.#saves.hasTimeLeft(snapshot, session)) {
      callback(null);
      return Promise.resolve();
    }
    return toCallback(this.#saves.renew(sessionId, session), callback);
  }

  override destroy(sessionId: string, callback?: Callback<void>): Promise<void> {
    return toCallback(this.#saves.remove(sessionId), callback);
  }

  /** As express-session's own, but without a DEL for a session that is known to be new. */
  override regenerate(request: Request, callback: (error?: unknown) => void): void {
    const session: object | null | undefined = request.session;
    if (!session || this.#origins.of(session, request.sessionID) !== 'new') {
      super.regenerate(request, callback);
      return;
    }
    this.generate(request);
    process.nextTick(callback);
  }

  override createSession(request: Request, data: SessionData): Session & SessionData {
    const session = super.createSession(request, data);
    this.#origins.copy(data, session, request.sessionID);
    return session;
  }

  /**
   * All sessions, each with the name under which it is stored, its id unless `nameOf` says otherwise, as a property `id`
   * that is not enumerable, and so is not stored with it.
   */
  override all(): Promise<StoredSession[]>;
  override all(callback: Callback<StoredSession[]> | undefined): Promise<StoredSession[] | undefined>;
  override all(callback?: Callback<StoredSession[]>) {
    return toCallback(this.#reads.all(), callback);
  }

  /** The names under which sessions are stored: their ids, unless `nameOf` says otherwise. */
  ids(): Promise<string[]>;
  ids(callback: Callback<string[]> | undefined): Promise<string[] | undefined>;
  ids(callback?: Callback<string[]>) {
    return toCallback(this.#reads.names(), callback);
  }

  override length(): Promise<number>;
  override length(callback: Callback<number> | undefined): Promise<number | undefined>;
  override length(callback?: Callback<number>) {
    return toCallback<number>(
      this.#reads.names().then((names) => names.length),
      callback,
    );
  }

  /** Ends all sessions. After an error some may have ended, of those whose command was under way also later. */
  override clear(callback?: Callback<void>): Promise<void> {
    return toCallback(this.#saves.removeAll(), callback);
  }

  /**
   * For readiness: asks Redis with one command, even while the breaker is open. In a cluster it holds while any node
   * answers: the failure of one must not make every instance not ready. @throws SessionStoreUnavailable
   */
  ping(): Promise<void> {
    return this.#calls.ping();
  }

  /** express-session assigns its `generate` to the store. What that makes is known to be new. */
  #rememberNewSessions(): void {
    let generate: (request: Request) => void = () => {
      throw new TypeError(
        'express-session gives its store the function that makes sessions; this one has none yet',
      );
    };
    Object.defineProperty(this, 'generate', {
      configurable: true,
      enumerable: true,
      get: () => (request: Request) => {
        generate(request);
        this.#origins.set(request.session, request.sessionID, 'new');
      },
      set: (assigned: (request: Request) => void) => {
        generate = assigned;
      },
    });
  }
}

/** Takes SessionGone for done where the response's head is already sent, see {@link MergingRedisStore}. */
function unlessAnswered(session: SessionData): (error: unknown) => void {
  return (error) => {
    const response: unknown = Reflect.get(Object(Reflect.get(session, 'req')), 'res');
    if (error instanceof SessionGone && Reflect.get(Object(response), 'headersSent') === true) return;
    throw error;
  };
}

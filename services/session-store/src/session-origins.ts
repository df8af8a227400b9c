// Remembers where each session object came from, because that decides how it may be written. express-session asks the
// store for plain data (`get`), has it made into a Session (`createSession`), and passes that Session back (`set`). The
// link goes by these objects and not by the session's id, so that two requests of one session in one process each have a
// snapshot of their own, and no content of a session can forge one.

import type { SessionData } from 'express-session';
import { isPlain } from './same-value.ts';

/** What this process knows about the stored session that an object was made from. */
export interface LoadedSnapshot {
  readonly key: string;
  /** False for data that was loaded without a request: nobody used the session, so it lives no longer for being written. */
  readonly isUsed: boolean;
  /** The text that the next write expects to find in Redis. */
  storedText: string;
  /**
   * What the request knows, as text: what it loaded, or its own content at its last save. After a merge this is not
   * {@link storedText}: the changes of others are in Redis, but not in the request's session object.
   */
  seenText: string;
  /** The lifetime that the session has in {@link seenText}: its cookie's `originalMaxAge`. */
  seenMaxAge: unknown;
  /** When Redis will expire the session, on the clock of this process' `performance.now()`. */
  expiresAtMs: number;
}

export function newSnapshot(
  key: string,
  session: SessionData,
  text: string,
  ttlMs: number,
  isUsed: boolean,
): LoadedSnapshot {
  return {
    key,
    isUsed,
    storedText: text,
    seenText: text,
    seenMaxAge: session.cookie.originalMaxAge,
    expiresAtMs: performance.now() + ttlMs,
  };
}

/**
 * - `new`: made by express-session's `generate`, and not sent to Redis by anyone.
 * - `sent`: was new; its first write was sent, and is not confirmed.
 * - `given`: data that the app has made itself, written as it is.
 * - a snapshot: loaded, or stored before.
 */
export type Origin = 'new' | 'sent' | 'given' | LoadedSnapshot;

export class SessionOrigins {
  /** By the session object, and by its request: a Proxy around a session is another object with the same request. */
  readonly #origins = new WeakMap<object, { readonly sessionId: string; readonly origin: Origin }>();

  /** `undefined` for an object of which nothing is known. */
  of(session: object, sessionId: string): Origin | undefined {
    for (const object of withRequest(session)) {
      const known = this.#origins.get(object);
      if (known?.sessionId === sessionId) return known.origin;
      // What was loaded under one id and is written under another is a new session of the app's.
      if (known !== undefined && object === session) return 'given';
    }
    return isPlain(session) ? 'given' : undefined;
  }

  set(session: object, sessionId: string, origin: Origin): void {
    for (const object of withRequest(session)) this.#origins.set(object, { sessionId, origin });
  }

  /** For a session object made from data. Each object gets a snapshot of its own, however many are made from one. */
  copy(data: object, session: object, sessionId: string): void {
    const origin = this.of(data, sessionId);
    this.set(session, sessionId, typeof origin === 'object' ? { ...origin, isUsed: true } : 'given');
  }
}

function withRequest(session: object): object[] {
  const request: unknown = isPlain(session) ? undefined : Reflect.get(session, 'req');
  return typeof request === 'object' && request !== null ? [session, request] : [session];
}

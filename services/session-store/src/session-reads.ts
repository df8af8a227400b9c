// Reads sessions from Redis, one or all, and remembers from which text each was made.

import type { SessionData } from 'express-session';
import type { withDefaults } from './options.ts';
import type { SessionCalls } from './session-calls.ts';
import { newSnapshot, type SessionOrigins } from './session-origins.ts';
import { DamagedSession, parseStored, type StoredSession } from './stored-session.ts';

export class SessionReads {
  readonly #options: ReturnType<typeof withDefaults>;
  readonly #calls: SessionCalls;
  readonly #origins: SessionOrigins;

  constructor(options: ReturnType<typeof withDefaults>, calls: SessionCalls, origins: SessionOrigins) {
    this.#options = options;
    this.#calls = calls;
    this.#origins = origins;
  }

  /** `null` where there is no such session, or something else under its key. */
  async load(sessionId: string): Promise<StoredSession | null> {
    const [text, remainingMs] = await this.#calls.read('read', sessionId, (commands, key) =>
      Promise.all([commands.get(key), commands.pTTL(key)]),
    );
    if (text === null || text === undefined) return null;
    // -1: a key that does not expire. The next renewal gives it a time to live.
    const leftMs = Number(remainingMs) >= 0 ? Number(remainingMs) : Number.POSITIVE_INFINITY;
    try {
      const data = await parseStored(text, this.#options.serializer, 'read');
      this.#origins.set(data, sessionId, newSnapshot(sessionId, data, String(text), leftMs, false));
      if (leftMs !== Number.POSITIVE_INFINITY) showTrueEnd(data.cookie, leftMs);
      return data;
    } catch (cause) {
      if (!(cause instanceof DamagedSession)) throw cause;
      this.#options.observe({ type: 'damaged', sessionId, cause });
      return null;
    }
  }

  /** Each with its id as a property `id` that is not enumerable. */
  async all(): Promise<StoredSession[]> {
    const sessions: StoredSession[] = [];
    for await (const ids of this.#calls.ids('list')) {
      const loaded = await Promise.all(ids.map((id) => this.load(id)));
      for (const [index, session] of loaded.entries()) {
        if (session !== null) sessions.push(Object.defineProperty(session, 'id', { value: ids[index] }));
      }
    }
    return sessions;
  }

  async ids(): Promise<string[]> {
    const all: string[] = [];
    for await (const ids of this.#calls.ids('list')) all.push(...ids);
    return all;
  }
}

/** The date until which the session lives if nobody uses it again; the stored date is that of the last write. */
function showTrueEnd(cookie: SessionData['cookie'], leftMs: number): void {
  const { expires, originalMaxAge } = cookie;
  if (!expires) return;
  const end = new Date(Date.now() + leftMs);
  // A Cookie of express-session computes originalMaxAge anew when `expires` is set.
  Object.assign(cookie, { expires: typeof expires === 'string' ? end.toISOString() : end, originalMaxAge });
}

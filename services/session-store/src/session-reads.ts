// Reads sessions from Redis, one or all, and remembers from which text each was made.

import type { SessionData } from 'express-session';
import type { withDefaults } from './options.ts';
import type { SessionCalls } from './session-calls.ts';
import { listName, ownedName } from './session-names.ts';
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
  load(sessionId: string): Promise<StoredSession | null> {
    return this.#load(sessionId, this.#options.nameOf(sessionId));
  }

  async #load(sessionId: string, name: string): Promise<StoredSession | null> {
    const key = this.#options.prefix + name;
    const [text, remainingMs] = await this.#calls.read('read', key, (commands) =>
      Promise.all([commands.get(key), commands.pTTL(key)]),
    );
    if (text === null || text === undefined) return null;
    // -1: a key that does not expire. The next renewal gives it a time to live.
    const leftMs = Number(remainingMs) >= 0 ? Number(remainingMs) : Number.POSITIVE_INFINITY;
    try {
      const data = await parseStored(text, this.#options.serializer, 'read');
      if (await this.#isRevoked(name, data)) return null;
      this.#origins.set(data, sessionId, newSnapshot(key, data, String(text), leftMs, false));
      if (leftMs !== Number.POSITIVE_INFINITY) showTrueEnd(data.cookie, leftMs);
      return data;
    } catch (cause) {
      if (!(cause instanceof DamagedSession)) throw cause;
      this.#options.observe({ type: 'damaged', sessionId, cause });
      return null;
    }
  }

  /** Ending all sessions of a user deletes those of the list. One that is not in it is still there, and its epoch tells. */
  async #isRevoked(name: string, session: StoredSession): Promise<boolean> {
    const owner = this.#options.owners?.ownerOf(session);
    if (owner === undefined) return false;
    const list = listName(owner.id);
    if (ownedName(name)?.list === list) return false;
    const listKey = this.#options.prefix + list;
    const epoch = await this.#calls.read('read', listKey, (commands) => commands.hGet(listKey, 'epoch'));
    return (owner.epoch ?? 0) < Number(epoch ?? 0);
  }

  /** Each with its name as a property `id` that is not enumerable. */
  async all(): Promise<StoredSession[]> {
    const sessions: StoredSession[] = [];
    for await (const names of this.#calls.names('list')) {
      const loaded = await Promise.all(names.map((name) => this.#load(name, name)));
      for (const [index, session] of loaded.entries()) {
        if (session !== null) sessions.push(Object.defineProperty(session, 'id', { value: names[index] }));
      }
    }
    return sessions;
  }

  async names(): Promise<string[]> {
    const all: string[] = [];
    for await (const names of this.#calls.names('list')) all.push(...names);
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

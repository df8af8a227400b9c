// Writes, renews and ends sessions. What a write does depends on where its session came from, see MergingRedisStore.

import type { SessionData } from 'express-session';
import { compareAndSet } from './compare-and-set.ts';
import { InvalidSession, SessionGone, SessionStoreUnavailable, SessionTooLarge } from './errors.ts';
import { lifetimeMs, rawLifetimeMs } from './lifetime.ts';
import type { withDefaults } from './options.ts';
import type { SessionCalls } from './session-calls.ts';
import { type LoadedSnapshot, newSnapshot, type Origin, type SessionOrigins } from './session-origins.ts';
import { SessionWrites } from './session-writes.ts';
import { isStored } from './stored-session.ts';

export class SessionSaves {
  readonly #options: ReturnType<typeof withDefaults>;
  readonly #calls: SessionCalls;
  readonly #origins: SessionOrigins;
  readonly #writes: SessionWrites;

  constructor(options: ReturnType<typeof withDefaults>, calls: SessionCalls, origins: SessionOrigins) {
    this.#options = options;
    this.#calls = calls;
    this.#origins = origins;
    this.#writes = new SessionWrites(options, calls);
  }

  async save(sessionId: string, session: SessionData): Promise<void> {
    const { serializer, ttl, maxTextLength } = this.#options;
    const origin = this.#writableOrigin(sessionId, session);
    // Before anything is awaited: the handler may go on changing the session.
    const text = serializer.stringify(session);
    if (text.length > maxTextLength) throw new SessionTooLarge(text.length, maxTextLength);
    const ttlMs = lifetimeMs(session, ttl);
    if (ttlMs <= 0) return this.remove(sessionId);
    if (typeof origin === 'string') return this.#create(sessionId, session, origin, text, ttlMs);
    const result = await this.#change(origin, session, text);
    if (result === 'unchanged' && origin.isUsed) return this.renew(sessionId, session);
  }

  async #create(
    sessionId: string,
    session: SessionData,
    origin: Origin,
    text: string,
    ttlMs: number,
  ): Promise<void> {
    if (origin === 'new') this.#origins.set(session, sessionId, 'sent');
    const snapshot = newSnapshot(sessionId, session, text, ttlMs, true);
    const expiration = { type: 'PX', value: ttlMs } as const;
    await this.#calls.write(
      'write',
      sessionId,
      (commands, key) => commands.set(key, text, { expiration }),
      this.#options.isReplicated({ type: 'create', session }),
    );
    // Data that the app has made has no snapshot, so that each time it is written as it is.
    if (origin !== 'given') this.#origins.set(session, sessionId, snapshot);
  }

  async #change(snapshot: LoadedSnapshot, session: SessionData, mineText: string) {
    const { observe, isReplicated } = this.#options;
    const waitsForReplicas = isReplicated({ type: 'change', session });
    try {
      const result = await this.#writes.write({ snapshot, mineText, waitsForReplicas });
      if (result !== 'unchanged' && result.merged) observe({ type: 'merged', conflicts: result.conflicts });
      return result;
    } catch (error) {
      if (error instanceof SessionGone) observe({ type: 'gone' });
      throw error;
    }
  }

  async renew(sessionId: string, session: SessionData): Promise<void> {
    const origin = this.#writableOrigin(sessionId, session);
    const snapshot = typeof origin === 'string' ? undefined : origin;
    if (snapshot !== undefined && this.hasTimeLeft(snapshot, session)) return;
    const ttlMs = lifetimeMs(session, this.#options.ttl);
    if (ttlMs <= 0) return this.remove(sessionId);
    try {
      await this.#calls.write<unknown>('touch', sessionId, (commands, key) =>
        snapshot === undefined
          ? commands.pExpire(key, ttlMs)
          : compareAndSet(commands, { key, expected: snapshot.storedText, ttlMs }),
      );
      if (snapshot !== undefined) snapshot.expiresAtMs = performance.now() + ttlMs;
    } catch (cause) {
      if (!(cause instanceof SessionStoreUnavailable)) throw cause;
      // The response to the user is right all the same, and the next request renews.
      this.#options.observe({ type: 'not renewed', cause });
    }
  }

  /** False also when more time is left than the lifetime: then the key's time to live is too long. */
  hasTimeLeft(snapshot: LoadedSnapshot, session: SessionData): boolean {
    const ttlMs = rawLifetimeMs(session, this.#options.ttl);
    const usedMs = Math.abs(ttlMs - (snapshot.expiresAtMs - performance.now()));
    // Also false for a lifetime that is NaN, which is then refused where the renewal computes it.
    return usedMs < ttlMs * this.#options.touchAfter;
  }

  async remove(sessionId: string): Promise<void> {
    await this.#calls.write(
      'destroy',
      sessionId,
      (commands, key) => commands.del(key),
      this.#options.isReplicated({ type: 'destroy' }),
    );
  }

  #writableOrigin(sessionId: string, session: SessionData): Origin {
    const origin = this.#origins.of(session, sessionId);
    if (origin === undefined) {
      throw new InvalidSession(
        'this session object comes neither from this store nor from the express-session that has this store as its own; writing it could undo what others have written',
      );
    }
    if (!isStored(session)) throw new InvalidSession('a session has a cookie; this object has none');
    return origin;
  }

  snapshotOf(sessionId: string, session: SessionData): LoadedSnapshot | undefined {
    const origin = this.#origins.of(session, sessionId);
    return typeof origin === 'object' ? origin : undefined;
  }

  async removeAll(): Promise<void> {
    for await (const ids of this.#calls.ids('clear')) {
      await Promise.all(
        ids.map((id) => this.#calls.write('clear', id, (commands, key) => commands.del(key))),
      );
    }
  }
}

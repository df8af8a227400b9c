// Writes, renews and ends sessions. What a write does depends on where its session came from, see MergingRedisStore.

import type { SessionData } from 'express-session';
import { compareAndSet } from './compare-and-set.ts';
import {
  InvalidSession,
  SessionGone,
  SessionRevoked,
  SessionStoreUnavailable,
  SessionTooLarge,
} from './errors.ts';
import { lifetimeMs, rawLifetimeMs } from './lifetime.ts';
import type { withDefaults } from './options.ts';
import { addSession, endSession, type OwnedWrite } from './owner-list.ts';
import type { SessionCalls } from './session-calls.ts';
import { listName, ownedName } from './session-names.ts';
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
    const key = this.#calls.keyOf(sessionId);
    const snapshot = newSnapshot(key, session, text, ttlMs, true);
    const expiration = { type: 'PX', value: ttlMs } as const;
    const owned = this.#ownedWrite(sessionId, session, { key, text, ttlMs });
    const displaced = await this.#calls.write<unknown>(
      'write',
      key,
      (commands) =>
        owned === undefined
          ? commands.set(key, text, { expiration })
          : addSession(commands, this.#options.run, owned),
      this.#options.isReplicated({ type: 'create', session }),
    );
    if (displaced === undefined) throw new SessionRevoked();
    if (Array.isArray(displaced) && displaced.length > 0)
      this.#options.observe({ type: 'displaced', names: displaced });
    // Data that the app has made has no snapshot, so that each time it is written as it is.
    if (origin !== 'given') this.#origins.set(session, sessionId, snapshot);
  }

  /** `undefined` for a session that belongs into no list. */
  #ownedWrite(
    sessionId: string,
    session: SessionData,
    write: Pick<OwnedWrite, 'key' | 'text' | 'ttlMs'>,
  ): OwnedWrite | undefined {
    const { owners, nameOf, prefix } = this.#options;
    const owner = owners?.ownerOf(session);
    const name = ownedName(nameOf(sessionId));
    if (owners === undefined || owner === undefined || name?.list !== listName(owner.id)) return undefined;
    const { longestMs, maxSessions = 0 } = owners;
    const { epoch = 0, details = '' } = owner;
    const listKey = prefix + name.list;
    return { ...write, listKey, name: name.own, epoch, details, maxSessions, keepMs: longestMs };
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
      const key = snapshot?.key ?? this.#calls.keyOf(sessionId);
      await this.#calls.write<unknown>('touch', key, (commands) =>
        snapshot === undefined
          ? commands.pExpire(key, ttlMs)
          : compareAndSet(commands, { key, expected: snapshot.storedText, ttlMs }, this.#options.run),
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
    const { owners, nameOf, prefix, run } = this.#options;
    const key = this.#calls.keyOf(sessionId);
    const owned = owners && ownedName(nameOf(sessionId));
    await this.#calls.write<unknown>(
      'destroy',
      key,
      (commands) =>
        owned === undefined
          ? commands.del(key)
          : endSession(commands, run, { key, listKey: prefix + owned.list, name: owned.own }),
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
    for await (const names of this.#calls.names('clear')) {
      const keys = names.map((name) => this.#options.prefix + name);
      await Promise.all(keys.map((key) => this.#calls.write('clear', key, (commands) => commands.del(key))));
    }
  }
}

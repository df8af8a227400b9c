// Applies the writes of several requests to a stored session, one after the other, so that one text holds them all.

import { MergeFailed, SessionGone, SessionTooLarge } from './errors.ts';
import { lifetimeMs, type TtlOption } from './lifetime.ts';
import { asRecord, changedKeys, mergeSessions, type ResolverFor } from './merge.ts';
import { cookieChanged, lifetimeChanged } from './merge-cookies.ts';
import type { LoadedSnapshot } from './session-origins.ts';
import {
  DamagedSession,
  isStored,
  parseStored,
  type Serializer,
  type StoredSession,
  storedAlike,
} from './stored-session.ts';

export interface MergeOptions {
  readonly serializer: Serializer;
  readonly ttl: TtlOption;
  readonly resolverFor: ResolverFor;
  readonly maxTextLength: number;
}

/** One save of a session object. */
export interface LoadedWrite {
  readonly snapshot: LoadedSnapshot;
  /** The content that is to be stored. */
  readonly mineText: string;
}

/** `unchanged`: it is stored already. `merged`: another request had written in the meantime. */
export type WriteResult = 'unchanged' | { readonly merged: boolean; readonly conflicts: readonly string[] };

/** A write with the promise of its caller. */
export interface WaitingWrite extends LoadedWrite {
  /** What the request has changed, kept for further attempts. */
  changes?: Changes;
  resolve(result: WriteResult): void;
  reject(error: unknown): void;
}

interface Changes {
  readonly seenText: string;
  readonly seen: StoredSession;
  readonly mine: StoredSession;
  /** Apart from the cookie. */
  readonly keys: readonly string[];
}

export interface MergedText {
  readonly session: StoredSession;
  readonly text: string;
  /** `undefined`: the session's time to live stays as it is. */
  readonly ttlMs: number | undefined;
  /** To be called when the text is in Redis: settles the writes, and brings up to date what is known of their sessions. */
  confirm(): void;
}

interface Applied {
  readonly write: WaitingWrite;
  readonly mine: StoredSession;
  readonly result: WriteResult;
}

/**
 * Removes from the batch, and settles, the writes that change nothing and those that fail by themselves.
 *
 * @param storedText what is in Redis
 * @returns `undefined` where nothing is left to be written
 */
export async function mergeWrites(
  batch: WaitingWrite[],
  storedText: string,
  options: MergeOptions,
): Promise<MergedText | undefined> {
  const { serializer, ttl, maxTextLength } = options;
  const result = new Merge(storedText, options);
  for (const write of [...batch]) {
    try {
      if (await result.apply(write)) continue;
      write.resolve('unchanged');
    } catch (error) {
      write.reject(error);
    }
    batch.splice(batch.indexOf(write), 1);
  }
  const { applied, session } = result;
  if (session === undefined) return undefined;
  const text = result.text ?? serializer.stringify(session);
  if (text.length > maxTextLength) throw new SessionTooLarge(text.length, maxTextLength);
  // The session is still in Redis, so it has not ended: at least a millisecond is left.
  const ttlMs = result.isRenewal ? Math.max(lifetimeMs(session, ttl), 1) : undefined;
  const confirm = () => {
    for (const { write, mine, result } of applied) {
      const { snapshot } = write;
      snapshot.storedText = text;
      snapshot.seenText = write.mineText;
      snapshot.seenMaxAge = mine.cookie.originalMaxAge;
      if (ttlMs !== undefined) snapshot.expiresAtMs = performance.now() + ttlMs;
      write.resolve(result);
    }
  };
  return { session, text, ttlMs, confirm };
}

class Merge {
  /** The session with all writes that were applied so far; `undefined` while there is none. */
  session: StoredSession | undefined;
  /** The same as text, where it is known. */
  text: string | undefined;
  readonly applied: Applied[] = [];
  isRenewal = false;
  readonly #storedText: string;
  readonly #options: MergeOptions;
  /** What session objects of which a write was applied already have seen since. */
  readonly #seen = new Map<LoadedSnapshot, string>();

  constructor(storedText: string, options: MergeOptions) {
    this.#storedText = storedText;
    this.text = storedText;
    this.#options = options;
  }

  /** @returns false where the write changes nothing @throws what makes this write impossible; the others stay */
  async apply(write: WaitingWrite): Promise<boolean> {
    const { snapshot, mineText } = write;
    const earlier = this.#seen.get(snapshot);
    const seenText = earlier ?? snapshot.seenText;
    if (write.changes?.seenText !== seenText) write.changes = await this.#changesOf(seenText, mineText);
    const { seen, mine, keys } = write.changes;
    const isChanged = keys.length > 0 || cookieChanged(asRecord(seen.cookie), asRecord(mine.cookie));
    // What an earlier write of this object has stored is stored only when the batch is.
    if (!isChanged && earlier === undefined) return false;
    const conflicts = isChanged ? await this.#merge(write.changes, mineText) : [];
    this.#seen.set(snapshot, mineText);
    const merged = this.#storedText !== snapshot.storedText || this.#seen.size > 1;
    this.applied.push({ write, mine, result: { merged, conflicts } });
    this.isRenewal ||=
      snapshot.isUsed || lifetimeChanged(seen.cookie.originalMaxAge, mine.cookie.originalMaxAge);
    return true;
  }

  async #changesOf(seenText: string, mineText: string): Promise<Changes> {
    const { serializer } = this.#options;
    const mine = await parseStored(mineText, serializer, 'write');
    const seen = await parseStored(seenText, serializer, 'write');
    return { seenText, seen, mine, keys: changedKeys(seen, mine, storedAlike(serializer)) };
  }

  async #merge(changes: Changes, mineText: string): Promise<readonly string[]> {
    // Nobody else has written: what the request has is what there will be.
    if (this.text === changes.seenText) {
      this.session = changes.mine;
      this.text = mineText;
      return [];
    }
    const { serializer } = this.#options;
    const stored = this.session ?? (await parseOrGone(this.#storedText, serializer));
    const { session, conflicts } = this.#resolve(changes, stored);
    if (!isStored(session)) throw new MergeFailed(new TypeError('the cookie is missing'));
    // What a resolver has made may be something that cannot be written, and then only this write fails.
    this.text = conflicts.length > 0 ? serializer.stringify(session) : undefined;
    this.session = session;
    return conflicts;
  }

  #resolve({ seen, mine, keys }: Changes, stored: StoredSession) {
    const { resolverFor, serializer } = this.#options;
    try {
      return mergeSessions({ seen, mine, stored }, resolverFor, storedAlike(serializer), keys);
    } catch (cause) {
      throw new MergeFailed(cause);
    }
  }
}

async function parseOrGone(text: string, serializer: Serializer): Promise<StoredSession> {
  try {
    return await parseStored(text, serializer, 'write');
  } catch (error) {
    // What cannot be parsed is not this request's session any more, and must not be overwritten.
    if (error instanceof DamagedSession) throw new SessionGone({ cause: error });
    throw error;
  }
}

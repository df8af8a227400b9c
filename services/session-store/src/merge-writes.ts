// Applies the writes of several requests to a stored session, one after the other, so that one text holds them all.

import { MergeFailed, SessionGone, SessionTooLarge } from './errors.ts';
import { differingMembers } from './json-members.ts';
import { lifetimeMs, type TtlOption } from './lifetime.ts';
import { asRecord, changedKeys, mergeSessions, type ResolverFor } from './merge.ts';
import { cookieChanged, lifetimeChanged } from './merge-cookies.ts';
import type { SameStored } from './same-value.ts';
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
  readonly checkMerged?: (session: StoredSession) => void;
  readonly maxTextLength: number;
}

/** One save of a session object. */
export interface LoadedWrite {
  readonly snapshot: LoadedSnapshot;
  /** The content that is to be stored. */
  readonly mineText: string;
  readonly waitsForReplicas: boolean;
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
  /** Of both at least the cookie and the keys that differ. */
  readonly seen: StoredSession;
  readonly mine: StoredSession;
  /** Apart from the cookie. */
  readonly keys: readonly string[];
}

export interface MergedText {
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
  const { applied } = result;
  if (!result.isChanged) return undefined;
  const text = result.text ?? serializer.stringify(await result.session());
  if (text.length > maxTextLength) throw new SessionTooLarge(text.length, maxTextLength);
  // The session is still in Redis, so it has not ended: at least a millisecond is left.
  const lifetimeOf = typeof ttl === 'function' ? await result.session() : result.last;
  const ttlMs = result.isRenewal && lifetimeOf ? Math.max(lifetimeMs(lifetimeOf, ttl), 1) : undefined;
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
  return { text, ttlMs, confirm };
}

class Merge {
  /** Whether anything has to be written. */
  isChanged = false;
  /** The session's text with all writes that were applied so far, where it is known. */
  text: string | undefined;
  /** At least the cookie of the session with all writes that were applied so far. */
  last: StoredSession | undefined;
  readonly applied: Applied[] = [];
  isRenewal = false;
  readonly #storedText: string;
  readonly #options: MergeOptions;
  readonly #sameStored: SameStored;
  #session: StoredSession | undefined;
  /** What session objects of which a write was applied already have seen since. */
  readonly #seen = new Map<LoadedSnapshot, string>();

  constructor(storedText: string, options: MergeOptions) {
    this.#storedText = storedText;
    this.text = storedText;
    this.#options = options;
    this.#sameStored = storedAlike(options.serializer);
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
    this.isChanged ||= isChanged;
    this.#seen.set(snapshot, mineText);
    const merged = this.#storedText !== snapshot.storedText || this.#seen.size > 1;
    this.applied.push({ write, mine, result: { merged, conflicts } });
    this.isRenewal ||=
      snapshot.isUsed || lifetimeChanged(seen.cookie.originalMaxAge, mine.cookie.originalMaxAge);
    return true;
  }

  /** The session with all writes that were applied so far. */
  async session(): Promise<StoredSession> {
    this.#session ??= await parseOrGone(this.text ?? this.#storedText, this.#options.serializer);
    return this.#session;
  }

  async #changesOf(seenText: string, mineText: string): Promise<Changes> {
    const { serializer } = this.#options;
    const isJson = serializer === JSON;
    const [a, b] = (isJson && differingMembers(seenText, mineText, 'cookie')) || [seenText, mineText];
    const seen = await parseStored(a, serializer, 'write');
    const mine = await parseStored(b, serializer, 'write');
    return { seenText, seen, mine, keys: changedKeys(seen, mine, this.#sameStored) };
  }

  async #merge(changes: Changes, mineText: string): Promise<readonly string[]> {
    // Nobody else has written: what the request has is what there will be.
    if (this.text === changes.seenText) {
      this.#session = undefined;
      this.text = mineText;
      this.last = changes.mine;
      return [];
    }
    const { serializer } = this.#options;
    const { session, conflicts } = this.#resolve(changes, await this.session());
    if (!isStored(session)) throw new MergeFailed(new TypeError('the cookie is missing'));
    try {
      this.#options.checkMerged?.(session);
    } catch (cause) {
      throw new MergeFailed(cause);
    }
    // What a resolver has made may be something that cannot be written, and then only this write fails.
    this.text = conflicts.length > 0 ? serializer.stringify(session) : undefined;
    this.#session = session;
    this.last = session;
    return conflicts;
  }

  #resolve({ seen, mine, keys }: Changes, stored: StoredSession) {
    try {
      return mergeSessions({ seen, mine, stored }, this.#options.resolverFor, this.#sameStored, keys);
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

// Merges what two requests of one session have changed, so that no change of either is lost.

import { mergeCookies } from './merge-cookies.ts';
import { isRecord, own, type SameStored, type SessionRecord, sameValue } from './same-value.ts';

export interface Sides {
  /** What this request had loaded. */
  readonly seen: SessionRecord;
  /** What it wants to store. */
  readonly mine: SessionRecord;
  /** What another request stored in the meantime. */
  readonly stored: SessionRecord;
}

/** The three sides of a value that both requests changed. An absent value is `undefined`. */
export interface Conflict {
  readonly seen: unknown;
  readonly mine: unknown;
  readonly stored: unknown;
}

/**
 * Decides about one key that both requests changed, also where both made the same change: two requests that each add one
 * have added two. `undefined` removes the key. It must have no side effects, because it may run again.
 */
export type Resolver = (conflict: Conflict) => unknown;

/** The resolver of a key, if it has one. A function, because an app may create keys as it runs, such as `cart:apple`. */
export type ResolverFor = (key: string) => Resolver | undefined;

export interface Merged {
  readonly session: SessionRecord;
  /** The keys that both changed. Without a resolver, a key to which both made the same change is not in conflict. */
  readonly conflicts: readonly string[];
}

/**
 * Three-way merge of a session's top-level keys. A key that only one side changed, added or removed is as that side
 * left it. A key that both changed goes to its resolver; without one the later write wins, as it does in every store.
 * The cookie is never in conflict: see {@link mergeCookies}.
 */
export function mergeSessions(
  { seen, mine, stored }: Sides,
  resolverFor: ResolverFor = () => undefined,
  sameStored: SameStored = Object.is,
  changed: readonly string[] = changedKeys(seen, mine, sameStored),
): Merged {
  const same = (a: unknown, b: unknown) => sameValue(a, b, sameStored);
  const conflicts: string[] = [];
  // Entries and not assignments: JSON may hold a key `__proto__`, and an assignment to it sets the prototype.
  const content = new Map(Object.entries(stored));
  for (const key of changed) {
    const conflict = { seen: own(seen, key), mine: own(mine, key), stored: own(stored, key) };
    let value = conflict.mine;
    if (!same(conflict.stored, conflict.seen)) {
      const resolve = resolverFor(key);
      if (resolve !== undefined || !same(conflict.mine, conflict.stored)) conflicts.push(key);
      if (resolve !== undefined) value = resolve(conflict);
    }
    if (value === undefined) content.delete(key);
    else content.set(key, value);
  }
  if (isRecord(mine.cookie) && isRecord(stored.cookie)) {
    content.set('cookie', mergeCookies(asRecord(seen.cookie), mine.cookie, stored.cookie));
  }
  return { session: Object.fromEntries(content), conflicts };
}

/** The keys that a request has changed, added or removed, apart from the cookie. */
export function changedKeys(seen: SessionRecord, mine: SessionRecord, sameStored: SameStored): string[] {
  const keys = new Set([...Object.keys(seen), ...Object.keys(mine)]);
  keys.delete('cookie');
  return Array.from(keys).filter((key) => !sameValue(own(seen, key), own(mine, key), sameStored));
}

/**
 * A resolver for counters: the differences of both requests are added. An absent value counts as 0; if a value is not a
 * number, mine wins. Unlike everything else here it is not idempotent: if a write whose outcome is unknown is repeated, it
 * counts twice, unless the app recognizes the repeat.
 */
export function addUp({ seen = 0, mine = 0, stored = 0 }: Conflict): unknown {
  if (typeof seen !== 'number' || typeof mine !== 'number' || typeof stored !== 'number') return mine;
  return stored + (mine - seen);
}

export const asRecord = (value: unknown): SessionRecord => (isRecord(value) ? value : {});

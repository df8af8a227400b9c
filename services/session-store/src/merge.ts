// Two requests of one session read it, change it and write it back. What either changed has to be there afterwards.

import { isRecord, own, type SessionRecord, sameJson } from './json.ts';
import { cookieChanged, mergeCookies } from './merge-cookies.ts';

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
 * Decides over one key that both requests changed, also where both changed it alike: two requests that each add one
 * are two. `undefined` removes the key. Has to be free of side effects: it may run again.
 */
export type Resolver = (conflict: Conflict) => unknown;

/** Which keys have a resolver, be they named or made up as they come, such as `cart:apple`. */
export type ResolverFor = (key: string) => Resolver | undefined;

export interface Merged {
  readonly session: SessionRecord;
  /** The keys that both changed, apart from those without a resolver that both changed alike. */
  readonly conflicts: readonly string[];
}

/**
 * Three-way merge of a session's top-level keys. A key that only one side changed, added or removed is as that side
 * left it. A key that both changed goes to its resolver; without one the later write wins, as it does in every store.
 * The cookie is no content and is never a conflict: see {@link mergeCookies}.
 */
export function mergeSessions(sides: Sides, resolverFor: ResolverFor = () => undefined): Merged {
  const conflicts: string[] = [];
  const content = mergeKeys(sides, (key, conflict) => {
    const resolve = resolverFor(key);
    if (key === 'cookie' || (resolve === undefined && sameJson(conflict.mine, conflict.stored))) {
      return conflict.mine;
    }
    conflicts.push(key);
    return resolve === undefined ? conflict.mine : resolve(conflict);
  });
  const { seen, mine, stored } = sides;
  if (!isRecord(mine.cookie) || !isRecord(stored.cookie)) return { session: content, conflicts };
  const cookie = mergeCookies(asRecord(seen.cookie), mine.cookie, stored.cookie);
  return { session: { ...content, cookie }, conflicts };
}

/** Whether a session says something else than before, apart from its cookie's date of expiry. */
export function contentChanged(seen: SessionRecord, mine: SessionRecord): boolean {
  const keys = new Set([...Object.keys(seen), ...Object.keys(mine)]);
  keys.delete('cookie');
  if (Array.from(keys).some((key) => !sameJson(own(seen, key), own(mine, key)))) return true;
  return cookieChanged(asRecord(seen.cookie), asRecord(mine.cookie));
}

/** A resolver for objects that serve as a map: merges them by their keys, and asks another about keys in conflict. */
export function byKey(resolve: Resolver = ({ mine }) => mine): Resolver {
  return ({ seen, mine, stored }) => {
    if (!isRecord(mine) || !isRecord(stored)) return resolve({ seen, mine, stored });
    const sides = { seen: asRecord(seen), mine, stored };
    return mergeKeys(sides, (_key, conflict) => resolve(conflict));
  };
}

/**
 * A resolver for counters: both requests' differences count. What is absent is 0; what is no number: mine wins. Unlike
 * everything else here it is not idempotent: a write whose outcome is unknown and that is repeated may count twice.
 */
export function addUp({ seen = 0, mine = 0, stored = 0 }: Conflict): unknown {
  if (typeof seen !== 'number' || typeof mine !== 'number' || typeof stored !== 'number') return mine;
  return stored + (mine - seen);
}

function mergeKeys(
  { seen, mine, stored }: Sides,
  onConflict: (key: string, conflict: Conflict) => unknown,
): SessionRecord {
  const keys = new Set([...Object.keys(mine), ...Object.keys(stored)]);
  const entries = Array.from(keys, (key): [string, unknown] => {
    const sides = { seen: own(seen, key), mine: own(mine, key), stored: own(stored, key) };
    if (sameJson(sides.mine, sides.seen)) return [key, sides.stored];
    if (sameJson(sides.stored, sides.seen)) return [key, sides.mine];
    return [key, onConflict(key, sides)];
  });
  // From entries and not by assignment: JSON may hold a key `__proto__`, which an assignment would take for the prototype.
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

const asRecord = (value: unknown): SessionRecord => (isRecord(value) ? value : {});

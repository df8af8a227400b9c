// Two requests of one session read it, change it and write it back. What either changed has to be there afterwards.

import { isRecord, own, type SessionRecord, sameJson } from './json.ts';
import { mergeCookies } from './merge-cookies.ts';

/** The three sides of a value that both requests changed, each differently. An absent value is `undefined`. */
export interface Conflict {
  /** What this request had loaded. */
  readonly seen: unknown;
  /** What it wants to store. */
  readonly mine: unknown;
  /** What another request stored in the meantime. */
  readonly stored: unknown;
}

/** Decides a conflict over one key. `undefined` removes the key. Has to be free of side effects: it may run again. */
export type Resolver = (conflict: Conflict) => unknown;

export interface Merged {
  readonly session: SessionRecord;
  /** The keys in conflict: changed by both, differently. */
  readonly conflicts: readonly string[];
}

/**
 * Three-way merge of a session's top-level keys. A key that only one side changed, added or removed is as that side
 * left it. A key that both changed goes to its resolver; without one the later write wins, as it does in every store.
 * The cookie is no content and is never a conflict: see {@link mergeCookies}.
 */
export function mergeSessions(
  sides: { seen: SessionRecord; mine: SessionRecord; stored: SessionRecord },
  resolvers: Readonly<Record<string, Resolver>> = {},
): Merged {
  const conflicts: string[] = [];
  const session = mergeKeys(sides, (key, conflict) => {
    if (key === 'cookie' && isRecord(conflict.mine) && isRecord(conflict.stored)) {
      return mergeCookies(isRecord(conflict.seen) ? conflict.seen : {}, conflict.mine, conflict.stored);
    }
    conflicts.push(key);
    const resolve = Object.hasOwn(resolvers, key) ? resolvers[key] : undefined;
    return resolve === undefined ? conflict.mine : resolve(conflict);
  });
  return { session, conflicts };
}

/** A resolver for objects that serve as a map: merges them by their keys, and gives what is still in conflict on. */
export function byKey(resolve: Resolver = ({ mine }) => mine): Resolver {
  return ({ seen, mine, stored }) => {
    if (!isRecord(mine) || !isRecord(stored)) return resolve({ seen, mine, stored });
    return mergeKeys({ seen: isRecord(seen) ? seen : {}, mine, stored }, (_key, conflict) =>
      resolve(conflict),
    );
  };
}

/** A resolver for counters: both requests' differences count. What is absent is 0; what is no number: mine wins. */
export function addUp({ seen = 0, mine = 0, stored = 0 }: Conflict): unknown {
  if (typeof seen !== 'number' || typeof mine !== 'number' || typeof stored !== 'number') return mine;
  return stored + (mine - seen);
}

function mergeKeys(
  { seen, mine, stored }: { seen: SessionRecord; mine: SessionRecord; stored: SessionRecord },
  onConflict: (key: string, conflict: Conflict) => unknown,
): SessionRecord {
  const keys = new Set([...Object.keys(mine), ...Object.keys(stored)]);
  const entries = Array.from(keys, (key): [string, unknown] => {
    const sides = { seen: own(seen, key), mine: own(mine, key), stored: own(stored, key) };
    if (sameJson(sides.mine, sides.seen)) return [key, sides.stored];
    if (sameJson(sides.stored, sides.seen) || sameJson(sides.mine, sides.stored)) return [key, sides.mine];
    return [key, onConflict(key, sides)];
  });
  // From entries and not by assignment: JSON may hold a key `__proto__`, which an assignment would take for the prototype.
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

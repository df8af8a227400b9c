// Writes a session that a request had loaded: compare, and on a difference merge and compare again, until it is in.

import { setTimeout as sleep } from 'node:timers/promises';
import { compareAndSet } from './compare-and-set.ts';
import { MergeFailed, SessionGone, SessionStoreUnavailable } from './errors.ts';
import { lifetimeMs, type TtlOption } from './lifetime.ts';
import { type Merged, mergeSessions, type ResolverFor } from './merge.ts';
import type { CallContext } from './redis-calls.ts';
import {
  asStored,
  DamagedSession,
  parseStored,
  type Serializer,
  type StoredSession,
} from './stored-session.ts';

export interface LoadedWrite {
  readonly key: string;
  /** What the request had seen, and what it wants to store. */
  readonly seen: StoredSession;
  readonly mine: StoredSession;
  /** The text that is believed to be in Redis. */
  readonly expected: string;
  readonly serializer: Serializer;
  readonly ttl: TtlOption;
  readonly resolverFor: ResolverFor;
  /** How long to go on when others keep writing, in milliseconds. */
  readonly patienceMs: number;
}

export interface LoadedWriteDone {
  readonly text: string;
  readonly ttlMs: number;
  /** The text that was there before. */
  readonly replaced: string;
  /** Keys that this write and another both changed. */
  readonly conflicts: readonly string[];
}

/**
 * @throws {@link SessionGone} where the session is not there any more; nothing is written
 * @throws {@link SessionStoreUnavailable} with reason `contended` when patience ends
 */
export async function writeLoaded(context: CallContext, write: LoadedWrite): Promise<LoadedWriteDone> {
  const { key, seen, mine, serializer } = write;
  const untilMs = performance.now() + write.patienceMs;
  let expected = write.expected;
  for (let collisions = 0; ; collisions++) {
    const { session, conflicts } = merged(
      seen,
      mine,
      await parseOrGone(expected, serializer),
      write.resolverFor,
    );
    const stored = asStored(session);
    const text = serializer.stringify(stored);
    // What both sides agree on has time left, or it would not be there.
    const ttlMs = Math.max(lifetimeMs(stored, write.ttl), 1);
    const result = await compareAndSet(context.commands, { key, expected, text, ttlMs });
    if (result.outcome === 'stored') return { text, ttlMs, replaced: expected, conflicts };
    if (result.outcome === 'gone') throw new SessionGone();
    if (performance.now() > untilMs) throw new SessionStoreUnavailable('write', 'contended');
    expected = result.text;
    // Of those who collide one always gets in, so going on at once is best; but not with a crowd of instances.
    if (collisions >= crowd) await sleep(Math.random() * longestWaitMs);
  }
}

const crowd = 8;
const longestWaitMs = 5;

function merged(
  seen: StoredSession,
  mine: StoredSession,
  stored: StoredSession,
  resolverFor: ResolverFor,
): Merged {
  try {
    return mergeSessions({ seen, mine, stored }, resolverFor);
  } catch (cause) {
    throw new MergeFailed(cause);
  }
}

async function parseOrGone(text: string, serializer: Serializer): Promise<StoredSession> {
  try {
    return await parseStored(text, serializer);
  } catch (error) {
    // What nobody can read is no session, and must not be written over.
    if (error instanceof DamagedSession) throw new SessionGone({ cause: error });
    throw error;
  }
}

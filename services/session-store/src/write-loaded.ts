// Writes a session that a request had loaded: compare-and-set, and where another request has written in the meantime,
// merge and try again.

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
  /** What the request had loaded, and what it wants to store. */
  readonly seen: StoredSession;
  readonly mine: StoredSession;
  /** The text that should be in Redis. */
  readonly expected: string;
  readonly serializer: Serializer;
  readonly ttl: TtlOption;
  readonly resolverFor: ResolverFor;
  /** How long to try again while others keep writing, in milliseconds. */
  readonly retryForMs: number;
}

export interface LoadedWriteResult {
  readonly text: string;
  readonly ttlMs: number;
  /** The text that was there before. */
  readonly replaced: string;
  /** Keys that this write and another both changed. */
  readonly conflicts: readonly string[];
}

/**
 * @throws {@link SessionGone} where the session has ended; nothing is written
 * @throws {@link SessionStoreUnavailable} with reason `contended` when `retryForMs` has passed
 */
export async function writeLoaded(context: CallContext, write: LoadedWrite): Promise<LoadedWriteResult> {
  const { key, seen, mine, serializer } = write;
  const untilMs = performance.now() + write.retryForMs;
  let expected = write.expected;
  for (let collisions = 0; ; collisions++) {
    const { session, conflicts } = merge(
      seen,
      mine,
      await parseOrGone(expected, serializer),
      write.resolverFor,
    );
    const stored = asStored(session);
    const text = serializer.stringify(stored);
    // The session is still in Redis, so it has not ended: at least a millisecond is left.
    const ttlMs = Math.max(lifetimeMs(stored, write.ttl), 1);
    const result = await compareAndSet(context.commands, { key, expected, text, ttlMs });
    if (result.outcome === 'stored') return { text, ttlMs, replaced: expected, conflicts };
    if (result.outcome === 'gone') throw new SessionGone();
    if (performance.now() > untilMs) throw new SessionStoreUnavailable('write', 'contended');
    expected = result.text;
    // Of those who collide one always succeeds, so trying again at once is best. Not so when many instances collide.
    if (collisions >= collisionsBeforePause) await sleep(Math.random() * longestPauseMs);
  }
}

const collisionsBeforePause = 8;
const longestPauseMs = 5;

function merge(
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
    // What cannot be parsed is not this request's session any more, and must not be overwritten.
    if (error instanceof DamagedSession) throw new SessionGone({ cause: error });
    throw error;
  }
}

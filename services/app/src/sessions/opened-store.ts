import type { Store } from 'express-session';
import type { SessionRedis } from 'merging-redis-store';
import type { UserSessions } from './user-sessions.ts';

/** A session store with its connections. */
export interface OpenedStore {
  readonly store: Store;
  /** Whether the store itself ends a session that is not used. Otherwise the end of its cookie has to. */
  readonly endsIdleSessions: boolean;
  /** Rejects when the store would not answer now. Absent when there is nothing to ask, as with memory. */
  readonly ready?: () => Promise<unknown>;
  /** Absent where the strategy has no way to find a user's sessions on all instances. */
  readonly userSessions?: UserSessions;
  /** The connection to Redis, where sessions are there: for what else the instances have to know together. */
  readonly redis?: SessionRedis;
  /** Closes the connections. Waits for commands that are under way, but not for a store that does not answer. */
  close(): Promise<void>;
}

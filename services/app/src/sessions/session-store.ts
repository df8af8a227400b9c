// The one place that knows where sessions live.

import type { Store } from 'express-session';
import session from 'express-session';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { openConnectRedisStore } from './connect-redis-store.ts';
import { openMergingRedisStore } from './merging-redis-store.ts';

/** An open session store. */
export interface OpenSessionStore {
  readonly store: Store;
  /** Rejects when the store would not answer now. Absent when there is nothing to ask, as with memory. */
  readonly ready?: () => Promise<unknown>;
  /** Lets go of connections. Waits for what is under way, but not for a store that does not answer. */
  close(): Promise<void>;
}

/** Opens the store of the configured strategy. Does not wait until it answers: see `ready`. */
export function openSessionStore(config: Config['session'], log: Logger): OpenSessionStore {
  switch (config.strategy) {
    // The sessions of `sticky` live in memory too. The difference is the proxy's.
    case 'memory':
    case 'sticky':
      return openMemoryStore();
    case 'connect-redis':
      return openConnectRedisStore(config, log);
    case 'redis':
      return openMergingRedisStore(config, log);
  }
}

/** In production express-session warns of this store on stderr. That is right, and left as it is. */
function openMemoryStore(): OpenSessionStore {
  return { store: new session.MemoryStore(), close: async () => {} };
}

// The one place that knows where sessions live.

import type { Store } from 'express-session';
import session from 'express-session';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { connectRedis } from './redis-client.ts';
import { GuardedRedisStore } from './redis-store.ts';

/** An open session store. */
export interface OpenSessionStore {
  readonly store: Store;
  /** Rejects, before long, when the store would not answer now. Absent when there is nothing to ask, as with memory. */
  readonly ready?: () => Promise<unknown>;
  /** Lets go of connections. Waits for what is under way, but for nobody who does not answer. */
  close(): Promise<void>;
}

/** Opens the store of the configured strategy. Does not wait until it answers: see `ready`. */
export function openSessionStore(config: Config['session'], log: Logger): OpenSessionStore {
  switch (config.strategy) {
    // The sessions of `sticky` live in memory too. The difference is the proxy's.
    case 'memory':
    case 'sticky':
      return openMemoryStore();
    case 'redis':
      return openRedisStore(config, log);
  }
}

/** In production express-session warns of this store on stderr. That is right, and left as it is. */
function openMemoryStore(): OpenSessionStore {
  return { store: new session.MemoryStore(), close: async () => {} };
}

function openRedisStore(config: Config['session'], log: Logger): OpenSessionStore {
  if (config.redisUrl === undefined) throw new TypeError('the redis strategy needs redisUrl');
  const client = connectRedis(config.redisUrl, log);
  const store = new GuardedRedisStore({
    client,
    idleMs: config.idleMs,
    deadlineMs: config.storeDeadlineMs,
    log,
  });
  return {
    store,
    ready: () => store.ready(),
    // destroy() and not close(): what is still waiting for an answer belongs to requests that the drain has cut off.
    close: async () => client.destroy(),
  };
}

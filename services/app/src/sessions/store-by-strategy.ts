// The one place that decides where sessions live. What else a new strategy needs: README.md, "Change it".

import session from 'express-session';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { openConnectRedisStore } from './connect-redis-store.ts';
import { openMergingRedisStore } from './merging-redis-store.ts';
import type { OpenedStore } from './opened-store.ts';
import type { SessionKeys } from './session-keys.ts';

/** Opens the store of the configured strategy. Does not wait until it answers: see `ready`. */
export function openSessionStore(config: Config['session'], keys: SessionKeys, log: Logger): OpenedStore {
  switch (config.strategy) {
    // With `sticky` sessions live in memory too. The difference is in the proxy.
    case 'memory':
    case 'sticky':
      return openMemoryStore();
    case 'connect-redis':
      return openConnectRedisStore(config, log);
    case 'redis':
      return openMergingRedisStore(config, keys, log);
  }
}

/** In production express-session warns of this store on stderr. That is right, and left as it is. */
function openMemoryStore(): OpenedStore {
  return { store: new session.MemoryStore(), endsIdleSessions: false, close: async () => {} };
}

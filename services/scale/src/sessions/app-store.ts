// The store as the app opens it (services/app/src/sessions/merging-redis-store.ts): hashed keys, and a list of each user's
// sessions.

import type { SessionData } from 'express-session';
import {
  createSessionRedis,
  hashedName,
  MergingRedisStore,
  type MergingRedisStoreOptions,
  type RedisAddress,
} from 'merging-redis-store';

export interface OpenedAppStore extends AsyncDisposable {
  readonly store: MergingRedisStore;
}

/** The app's defaults: SESSION_IDLE_SECONDS and SESSION_ABSOLUTE_SECONDS. */
const idleMs = 1_800_000;
const absoluteMs = 43_200_000;

/** Waits for the connection. @param options that differ from the app's */
export async function openAppStore(
  address: RedisAddress,
  options: Pick<MergingRedisStoreOptions, 'deadlineMs' | 'touchAfter'> = {},
): Promise<OpenedAppStore> {
  // What fails on a connection also fails the call that waits for it, and there it is counted.
  const connection = createSessionRedis(address, { onError: () => {} });
  const store = new MergingRedisStore({
    ...connection,
    nameOf: hashedName,
    ttl: () => idleMs / 1000,
    owners: { ownerOf, longestMs: absoluteMs + idleMs, maxSessions: 10 },
    ...options,
  });
  await connection.connect();
  return { store, [Symbol.asyncDispose]: () => connection.close() };
}

/** What the app's own `ownerOf` answers. */
function ownerOf(session: SessionData) {
  const { user, epoch, createdAt, client } = session as SessionData & {
    readonly user?: { readonly id: string };
    readonly epoch?: number;
    readonly createdAt?: number;
    readonly client?: string;
  };
  return user && { id: user.id, epoch, details: `${createdAt} ${client}` };
}

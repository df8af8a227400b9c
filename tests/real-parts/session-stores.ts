// Stores for tests, each with a connection of its own, as if on an instance of its own.

import { RedisStore } from 'connect-redis';
import { createClient } from 'redis';
import type { SharedSessionStoreOptions } from '../../services/app/src/sessions/shared-store/options.ts';
import {
  createSessionRedis,
  type RedisAddress,
  type SessionRedisConnection,
} from '../../services/app/src/sessions/shared-store/redis-client.ts';
import { SharedSessionStore } from '../../services/app/src/sessions/shared-store/shared-session-store.ts';

export interface StoreUnderTest<S> extends AsyncDisposable {
  readonly store: S;
}

/** A connected {@link SharedSessionStore}. */
export async function openSharedStore(
  address: RedisAddress | string,
  options: Omit<SharedSessionStoreOptions, 'client'> = {},
): Promise<StoreUnderTest<SharedSessionStore> & { readonly connection: SessionRedisConnection }> {
  const where = typeof address === 'string' ? ({ kind: 'standalone', url: address } as const) : address;
  const connection = createSessionRedis(where, { onError: () => undefined });
  await connection.connect();
  const store = new SharedSessionStore({
    client: connection.client,
    reconnect: connection.reconnect,
    ...options,
  });
  return { store, connection, [Symbol.asyncDispose]: connection.close };
}

/** connect-redis' store as its documentation sets it up. */
export async function openStockStore(url: string): Promise<StoreUnderTest<RedisStore>> {
  const client = createClient({ url });
  client.on('error', () => undefined);
  await client.connect();
  return {
    store: new RedisStore({ client }),
    [Symbol.asyncDispose]: async () => client.destroy(),
  };
}

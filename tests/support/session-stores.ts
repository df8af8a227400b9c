// Stores for tests, each with a connection of its own, as if on an instance of its own.

import { RedisStore } from 'connect-redis';
import type { MergingRedisStoreOptions } from 'merging-redis-store';
import {
  createSessionRedis,
  MergingRedisStore,
  type RedisAddress,
  type SessionRedisConnection,
} from 'merging-redis-store';
import { createClient } from 'redis';

export interface OpenStore<S> extends AsyncDisposable {
  readonly store: S;
}

/** A connected {@link MergingRedisStore}. */
export async function openMergingStore(
  address: RedisAddress | string,
  options: Omit<MergingRedisStoreOptions, 'client'> = {},
): Promise<OpenStore<MergingRedisStore> & { readonly connection: SessionRedisConnection }> {
  const where = typeof address === 'string' ? ({ kind: 'standalone', url: address } as const) : address;
  const connection = createSessionRedis(where, { onError: () => undefined });
  await connection.connect();
  const store = new MergingRedisStore({
    client: connection.client,
    reconnect: connection.reconnect,
    ...options,
  });
  return { store, connection, [Symbol.asyncDispose]: connection.close };
}

/** connect-redis' store as its documentation sets it up. */
export async function openConnectRedisStore(url: string): Promise<OpenStore<RedisStore>> {
  const client = createClient({ url });
  client.on('error', () => undefined);
  await client.connect();
  return {
    store: new RedisStore({ client }),
    [Symbol.asyncDispose]: async () => client.destroy(),
  };
}

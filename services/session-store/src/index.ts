// The public interface of the package. Everything else in this folder is internal.

export {
  InvalidLifetime,
  MergeFailed,
  SessionGone,
  SessionStoreError,
  SessionStoreUnavailable,
  type StoreCall,
  type UnavailableReason,
} from './errors.ts';
export type { TtlOption } from './lifetime.ts';
export { addUp, type Conflict, type Resolver, type ResolverFor } from './merge.ts';
export { MergingRedisStore } from './merging-redis-store.ts';
export type { MergingRedisStoreOptions, SessionStoreEvent } from './options.ts';
export {
  type ConnectionEvents,
  createSessionRedis,
  type RedisAddress,
  type SessionRedisConnection,
} from './redis-client.ts';
export type { SessionRedis } from './redis-commands.ts';
export { type ReplaceSessionOptions, type RequestSession, replaceSession } from './replace-session.ts';
export type { Serializer } from './stored-session.ts';

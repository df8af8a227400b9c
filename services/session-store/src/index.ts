// The public interface of the package. Everything else in this folder is internal.

export { Deadlines, TimeoutError } from './deadline.ts';
export {
  InvalidLifetime,
  InvalidSession,
  MergeFailed,
  SessionGone,
  SessionRevoked,
  SessionStoreError,
  SessionStoreUnavailable,
  SessionTooLarge,
  type StoreCall,
  type UnavailableReason,
} from './errors.ts';
export { type FunctionLibrary, loadFunctions, sessionFunctions } from './function-library.ts';
export type { TtlOption } from './lifetime.ts';
export { addUp, type Conflict, type Resolver, type ResolverFor } from './merge.ts';
export { MergingRedisStore } from './merging-redis-store.ts';
export type {
  MergingRedisStoreOptions,
  ReplicatedWrite,
  SessionStoreEvent,
  WaitForReplicas,
} from './options.ts';
export type { OwnedSession, OwnedSessions, OwnersOption, SessionOwner } from './owned-sessions.ts';
export {
  type ConnectionEvents,
  createSessionRedis,
  type RedisAddress,
  type RedisTls,
} from './redis-client.ts';
export type { SessionRedis } from './redis-commands.ts';
export { type ReplaceSessionOptions, type RequestSession, replaceSession } from './replace-session.ts';
export type { RedisClient, SessionRedisConnection } from './replaceable-client.ts';
export { hashedName, newSessionId } from './session-names.ts';
export { DamagedSession, type Serializer } from './stored-session.ts';

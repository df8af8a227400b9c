// The options of the store with their defaults, and the events that it reports to one of them.

import type { SessionData } from 'express-session';
import { warnOfOfflineQueue } from './client-check.ts';
import { byFunction, readyScript } from './function-library.ts';
import type { TtlOption } from './lifetime.ts';
import type { ResolverFor } from './merge.ts';
import type { OwnersOption } from './owned-sessions.ts';
import type { ServerCommands, SessionRedis } from './redis-commands.ts';
import { byEval } from './scripts.ts';
import { hashedName } from './session-names.ts';
import type { Serializer } from './stored-session.ts';

/** The first five are connect-redis' own. Its `disableTTL` and `disableTouch` are refused, because sessions always expire. */
export interface MergingRedisStoreOptions {
  /** A client of node-redis 5 or 6: standalone, Sentinel or Cluster. See redis-client.ts for how it should be made. */
  readonly client: SessionRedis;
  /** What precedes the session's name in its key. Default `sess:`. */
  readonly prefix?: string;
  /** Default: JSON. */
  readonly serializer?: Serializer;
  /** Seconds to live for sessions whose cookie has no Max-Age, or a function that decides for all. Default 86400. */
  readonly ttl?: TtlOption;
  /** Keys per step of `all`, `ids`, `length` and `clear`. Default 100. */
  readonly scanCount?: number;

  /**
   * The name under which a session is stored, by its id. Default: the id itself, as connect-redis has it, or
   * {@link hashedName} where `owners` is set. A name must not lead to its id, and no id to the name of another one.
   */
  readonly nameOf?: (sessionId: string) => string;
  /**
   * How the store's scripts get to Redis. `eval`, the default: by EVALSHA, and by EVAL where Redis does not know them.
   * `functions`: as functions of the library {@link sessionFunctions}, which {@link loadFunctions} or an administrator has
   * loaded (Redis 7). Where it is missing, `ping` and every call that needs it fail with NOFUNCTION.
   */
  readonly scripts?: 'eval' | 'functions';
  /** Keeps a list of the sessions of each user. Default: none. */
  readonly owners?: OwnersOption;
  /**
   * How long a call may take, in milliseconds. Default 250, above 0. A write may wait for another write of its session
   * before that, and may take two and a half times as long where other instances write the same session. `all`, `ids`, `length` and `clear` may take it for each step.
   */
  readonly deadlineMs?: number;
  /**
   * The share of its lifetime that a session must have used up before a request renews it, 0 (each request does) to
   * 0.9. Default 0.1. The price: a session may end earlier by that share. With a lifetime of 30 minutes and 0.1 it ends 27
   * to 30 minutes after its last request.
   */
  readonly touchAfter?: number;
  /** The longest text that is stored as a session, in characters. Default 1048576. A session is read with each request. */
  readonly maxTextLength?: number;
  /** Decides about top-level keys that two requests changed. Default: the later write wins. See merge.ts. */
  readonly resolverFor?: ResolverFor;
  /**
   * Looks at a session that was merged out of the changes of two requests, before it is written. For rules about several
   * keys, such as how many there may be, which each of the two has kept by itself. What it throws is the cause of the
   * {@link MergeFailed} with which the later write fails. Like a resolver it may run again.
   */
  readonly checkMerged?: (session: SessionData) => void;
  /** Called for each event. Must not throw. */
  readonly observe?: (event: SessionStoreEvent) => void;
  /**
   * Called, at most once a second, to replace a connection that is of no use: Redis has not answered for a second or
   * longer, or answers that it is no primary any more, or not yet. `createSessionRedis` has a function for it.
   *
   * @param node the address of the node in question, where Redis is a cluster; otherwise `''`
   */
  readonly reconnect?: (node: string) => void;
  /** After how many calls in a row without an answer the circuit breaker opens. Default 3, 1 or more. */
  readonly breakerThreshold?: number;
  /** The longest time between two trial calls of the open breaker, in milliseconds. Default 400, above 0. */
  readonly longestPauseMs?: number;
  /** Makes chosen writes wait for replicas. Default: none wait. */
  readonly waitForReplicas?: WaitForReplicas;
}

/**
 * A write that Redis has acknowledged is lost if the primary fails before a replica has it. A write chosen here ends only
 * when so many replicas have confirmed it (the command WAIT); otherwise it fails with the reason `unreplicated`, and may
 * have happened. The server's own setting `min-replicas-to-write` refuses writes early while replicas are missing.
 *
 * Not promised: that the replica which confirmed is the one that a failover promotes, where there are several.
 */
export interface WaitForReplicas {
  /** A client of its own for these writes: WAIT holds up everything that comes after it on its connection. */
  readonly client: SessionRedis;
  /** As the store's own option, for this client. */
  readonly reconnect?: (node: string) => void;
  /** How many replicas. Default 1, 1 or more. */
  readonly replicas?: number;
  /** Which writes wait. Default: new sessions (a login) and ended ones (a logout). */
  readonly isChosen?: (write: ReplicatedWrite) => boolean;
}

/** `create`: the first write of a session. `change`: a later one. `destroy`: its end. */
export interface ReplicatedWrite {
  readonly type: 'create' | 'change' | 'destroy';
  /** Absent for `destroy`. */
  readonly session?: SessionData;
}

/**
 * What happens inside the store that no caller is told, for logs and metrics.
 *
 * - `merged`: another request had written in the meantime, and the two were merged. `conflicts` names the keys that both
 *   had changed.
 * - `gone`: a write was refused, because its session has ended.
 * - `displaced`: a login ended these sessions of its user, because there were too many. `names` are those in the list.
 * - `damaged`: what is stored under a session's key is not a session. It was treated as none and left where it is: it
 *   expires at its time, unless the observer destroys it.
 * - `not renewed`: the time to live of a session could not be renewed. The session lives on; the next request tries again.
 * - `timeout`: a call got no answer by its deadline; `unansweredForMs` says for how long none has been answered.
 * - `replied`: Redis answered with an error. `READONLY`, `MASTERDOWN` and `LOADING` mean that this connection's server is
 *   not, or not yet, one that can serve sessions.
 * - `answered again`: a call was answered, and the one before it had not been served: no answer, no connection, or a server
 *   that is not one for sessions.
 *
 * `node` is the address of the node in question, where Redis is a cluster; otherwise `''`.
 */
export type SessionStoreEvent =
  | { readonly type: 'merged'; readonly conflicts: readonly string[] }
  | { readonly type: 'gone' }
  | { readonly type: 'displaced'; readonly names: readonly string[] }
  | { readonly type: 'damaged'; readonly sessionId: string; readonly cause: Error }
  | { readonly type: 'not renewed'; readonly cause: Error }
  | { readonly type: 'timeout'; readonly node: string; readonly unansweredForMs: number }
  | { readonly type: 'replied'; readonly node: string; readonly code: string | undefined }
  | { readonly type: 'answered again'; readonly node: string };

/** The options with their defaults. @throws RangeError for a number outside of its range, TypeError for the rest */
export function withDefaults(options: MergingRedisStoreOptions) {
  const {
    prefix = 'sess:',
    serializer = JSON,
    ttl = 86_400,
    scanCount = 100,
    deadlineMs = 250,
    touchAfter = 0.1,
    maxTextLength = 2 ** 20,
    breakerThreshold = 3,
    longestPauseMs = 400,
    scripts = 'eval',
  } = options;
  const { client, owners, waitForReplicas } = options;
  requireClient('client', client);
  if (waitForReplicas !== undefined) {
    requireClient('waitForReplicas.client', waitForReplicas.client);
    // A pool, which has `execute`, would send WAIT on another connection than the write.
    if (waitForReplicas.client === client || 'execute' in waitForReplicas.client)
      throw new TypeError('waitForReplicas.client has to be a client of its own, with one connection');
  }
  for (const name of ['disableTTL', 'disableTouch']) {
    if (Reflect.get(options, name))
      throw new TypeError(`the session store has no option ${name}: its sessions always expire`);
  }
  inRange('scanCount', Number.isInteger(scanCount) && scanCount >= 1, scanCount);
  inRange('deadlineMs', deadlineMs > 0 && deadlineMs < 2 ** 31, deadlineMs);
  inRange('touchAfter', touchAfter >= 0 && touchAfter <= 0.9, touchAfter);
  inRange('maxTextLength', maxTextLength >= 1, maxTextLength);
  inRange('breakerThreshold', Number.isInteger(breakerThreshold) && breakerThreshold >= 1, breakerThreshold);
  inRange('longestPauseMs', longestPauseMs > 0, longestPauseMs);
  if (owners !== undefined) {
    const { longestMs, maxSessions = 0 } = owners;
    inRange('owners.longestMs', Number.isSafeInteger(longestMs) && longestMs > 0, longestMs);
    inRange('owners.maxSessions', Number.isSafeInteger(maxSessions) && maxSessions >= 0, maxSessions);
  }
  if (scripts !== 'eval' && scripts !== 'functions')
    throw new TypeError(`the session store's option scripts is eval or functions, not ${scripts}`);
  const replicas = waitForReplicas?.replicas ?? 1;
  inRange('waitForReplicas.replicas', Number.isInteger(replicas) && replicas >= 1, replicas);
  return {
    client,
    prefix,
    nameOf: options.nameOf ?? (owners === undefined ? (sessionId: string) => sessionId : hashedName),
    owners,
    run: scripts === 'functions' ? byFunction : byEval,
    ping: (commands: ServerCommands) =>
      scripts === 'functions'
        ? byFunction(commands, readyScript, { keys: [], arguments: [] })
        : commands.ping(),
    serializer,
    ttl,
    scanCount,
    deadlineMs,
    touchAfter,
    maxTextLength,
    breaker: {
      threshold: breakerThreshold,
      firstPauseMs: Math.min(100, longestPauseMs),
      longestPauseMs,
      now: () => performance.now(),
      random: Math.random,
    },
    resolverFor: options.resolverFor ?? (() => undefined),
    checkMerged: options.checkMerged ?? (() => undefined),
    observe: options.observe ?? (() => undefined),
    reconnect: options.reconnect ?? (() => undefined),
    waitForReplicas: waitForReplicas && {
      client: waitForReplicas.client,
      reconnect: waitForReplicas.reconnect,
      replicas,
    },
    /** Whether a write waits for replicas. */
    isReplicated(write: ReplicatedWrite): boolean {
      return waitForReplicas !== undefined && (waitForReplicas.isChosen?.(write) ?? write.type !== 'change');
    },
  };
}

function requireClient(name: string, client: SessionRedis): void {
  if (typeof client?.withCommandOptions !== 'function')
    throw new TypeError(`the session store's option ${name} has to be a client of node-redis 5 or 6`);
  warnOfOfflineQueue(client);
}

function inRange(name: string, holds: boolean, value: number): void {
  if (!holds)
    throw new RangeError(`the session store's option ${name} is ${value}, which is outside of its range`);
}

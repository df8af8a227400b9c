// The options of the store with their defaults, and the events that it reports to one of them.

import { Breaker } from './breaker.ts';
import type { TtlOption } from './lifetime.ts';
import type { ResolverFor } from './merge.ts';
import type { SessionRedis } from './redis-commands.ts';
import type { Serializer } from './stored-session.ts';

/** The first five are connect-redis' own. Its `disableTTL` and `disableTouch` are missing, because sessions always expire. */
export interface MergingRedisStoreOptions {
  /** A client of node-redis: standalone, Sentinel or Cluster. See redis-client.ts for how it should be made. */
  readonly client: SessionRedis;
  /** What precedes the session's id in its key. Default `sess:`. */
  readonly prefix?: string;
  /** Default: JSON. */
  readonly serializer?: Serializer;
  /** Seconds to live for sessions whose cookie has no Max-Age, or a function that decides for all. Default 86400. */
  readonly ttl?: TtlOption;
  /** Keys per SCAN in `all`, `ids`, `length` and `clear`. Default 100. */
  readonly scanCount?: number;

  /**
   * How long a call may take, in milliseconds, with all its commands and retries. Default 250, above 0.
   */
  readonly deadlineMs?: number;
  /**
   * The share of its lifetime that a session must have used up before a request renews it, 0 (each request does) to
   * 0.9. Default 0.1. The price: a session may end earlier by that share. With a lifetime of 30 minutes and 0.1 it ends 27
   * to 30 minutes after its last request.
   */
  readonly touchAfter?: number;
  /** Decides about top-level keys that two requests changed. Default: the later write wins. See merge.ts. */
  readonly resolverFor?: ResolverFor;
  /** Called for each event. Must not throw. */
  readonly observe?: (event: SessionStoreEvent) => void;
  /** Called to replace the connection when Redis has not answered for 2 s or longer. */
  readonly reconnect?: () => void;
  /** After how many calls in a row without an answer the circuit breaker opens. Default 3, 1 or more. */
  readonly breakerThreshold?: number;
  /** The longest time between two trial calls of the open breaker, in milliseconds. Default 400, above 0. */
  readonly longestPauseMs?: number;
}

/**
 * What happens inside the store that no caller is told, for logs and metrics.
 *
 * - `merged`: another request had written in the meantime, and the two were merged. `conflicts` names the keys that both
 *   had changed.
 * - `gone`: a write was refused, because its session has ended.
 * - `damaged`: what is stored under a session's key is not a session. It was treated as none and left where it is: it
 *   expires at its time, unless the observer destroys it.
 * - `not renewed`: the time to live of a session could not be renewed. The session lives on; the next request tries again.
 * - `timeout`: a call got no answer by its deadline; `unansweredForMs` says for how long none has been answered.
 */
export type SessionStoreEvent =
  | { readonly type: 'merged'; readonly conflicts: readonly string[] }
  | { readonly type: 'gone' }
  | { readonly type: 'damaged'; readonly sessionId: string; readonly cause: Error }
  | { readonly type: 'not renewed'; readonly cause: Error }
  | { readonly type: 'timeout'; readonly unansweredForMs: number };

/** The options with their defaults. @throws RangeError for a number outside of its range */
export function withDefaults(options: MergingRedisStoreOptions) {
  const deadlineMs = options.deadlineMs ?? 250;
  const touchAfter = options.touchAfter ?? 0.1;
  const threshold = options.breakerThreshold ?? 3;
  const longestPauseMs = options.longestPauseMs ?? 400;
  inRange('deadlineMs', deadlineMs > 0 && deadlineMs < 2 ** 31, deadlineMs);
  inRange('touchAfter', touchAfter >= 0 && touchAfter <= 0.9, touchAfter);
  inRange('breakerThreshold', Number.isInteger(threshold) && threshold >= 1, threshold);
  inRange('longestPauseMs', longestPauseMs > 0, longestPauseMs);
  const breaker = new Breaker({
    threshold,
    firstPauseMs: Math.min(100, longestPauseMs),
    longestPauseMs,
    now: () => performance.now(),
    random: Math.random,
  });
  return {
    deadlineMs,
    touchAfter,
    breaker,
    resolverFor: options.resolverFor ?? (() => undefined),
    observe: options.observe ?? (() => undefined),
    reconnect: options.reconnect ?? (() => undefined),
  };
}

function inRange(name: string, holds: boolean, value: number): void {
  if (!holds)
    throw new RangeError(`the session store's option ${name} is ${value}, which is outside of its range`);
}

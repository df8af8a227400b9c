import { Breaker } from './breaker.ts';
import type { SessionStoreEvent } from './events.ts';
import type { TtlOption } from './lifetime.ts';
import type { ResolverFor } from './merge.ts';
import type { SessionRedis } from './redis-commands.ts';
import type { Serializer } from './stored-session.ts';

/** The first five are connect-redis' own. Its `disableTTL` and `disableTouch` do not exist: sessions end here. */
export interface MergingRedisStoreOptions {
  /** A client of node-redis: standalone, Sentinel or Cluster. See redis-client.ts for how it should be made. */
  readonly client: SessionRedis;
  /** Before each id in the key. Default `sess:`. */
  readonly prefix?: string;
  /** Default: JSON. */
  readonly serializer?: Serializer;
  /** Seconds, for sessions whose cookie has no Max-Age, or a function that decides for all. Default 86400. */
  readonly ttl?: TtlOption;
  /** Keys per SCAN in `all`, `ids`, `length` and `clear`. Default 100. */
  readonly scanCount?: number;

  /**
   * How long a call may take, in milliseconds, with all its commands and retries. Default 250, above 0.
   */
  readonly deadlineMs?: number;
  /**
   * The share of its lifetime that a session must have used up before a request renews it, 0 (each request does) to
   * 0.9. Default 0.1. The price: a session may end earlier by that share, counted from its last request. At a lifetime
   * of 30 minutes and 0.1 that is 27 to 30 minutes after it.
   */
  readonly touchAfter?: number;
  /** Who wins when two requests changed the same top-level key. Default: the later write. See merge.ts. */
  readonly resolverFor?: ResolverFor;
  /** Told what no caller is told. Must not throw. */
  readonly observe?: (event: SessionStoreEvent) => void;
  /** Asked for a new connection when Redis has been silent for 2 s or longer. */
  readonly reconnect?: () => void;
  /** Calls in a row without an answer until Redis is not asked any more. Default 3, 1 or more. */
  readonly breakerThreshold?: number;
  /** How long Redis is left alone between two trials at the most, in milliseconds. Default 400, above 0. */
  readonly longestPauseMs?: number;
}

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

// Counts events of one kind by key, up to a limit in a time. The counting is rate-limiter-flexible's: in Redis, where all
// instances count together, or in memory, where each instance counts for itself.

import type { SessionRedis } from 'merging-redis-store';
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from 'rate-limiter-flexible';
import type { RunScript } from './scripts.ts';

export interface Limit {
  /** In the keys, and in the log. */
  readonly name: string;
  /** How many are counted in the window, 1 or more. One more is refused. */
  readonly most: number;
  /** The window begins with the first, in seconds. */
  readonly seconds: number;
}

export interface Counter {
  readonly limit: Limit;
  /** Counts one, unless the limit is reached. @returns 0, or the milliseconds after which another one may come */
  count(key: string): Promise<number>;
  /** Takes back one that was counted. */
  giveBack(key: string): Promise<void>;
  /** Forgets all that was counted. */
  reset(key: string): Promise<void>;
}

export const throttlePrefix = 'throttle:';

/** All instances count together, exactly: each count is one step in Redis. */
export function countInRedis(client: SessionRedis, runScript: RunScript): (limit: Limit) => Counter {
  // What the library asks of a client of node-redis. It would send a script of its own, in place of which `count` runs.
  const storeClient = {
    eval: (_script: string, { keys: [key = ''], arguments: args }: { keys: string[]; arguments: string[] }) =>
      runScript('count', key, args),
    del: (key: string) => client.withCommandOptions({ timeout: 0, typeMapping: {} }).del(key),
  };
  return (limit) =>
    counter(
      limit,
      new RateLimiterRedis({
        storeClient,
        useRedisPackage: true,
        keyPrefix: throttlePrefix + limit.name,
        points: limit.most,
        duration: limit.seconds,
      }),
    );
}

/** Each instance counts for itself: n instances let through n times the limit. */
export function countInMemory(limit: Limit): Counter {
  const { name, most, seconds } = limit;
  const limiter = new RateLimiterMemory({ keyPrefix: name, points: most, duration: seconds });
  const counts = counter(limit, limiter);
  return {
    ...counts,
    async count(key) {
      const waitMs = await counts.count(key);
      // The library counts what it refuses as well. See scripts.ts for why it is not to be counted.
      if (waitMs > 0) await limiter.reward(key);
      return waitMs;
    },
  };
}

function counter(limit: Limit, limiter: RateLimiterAbstract): Counter {
  return {
    limit,
    async count(key) {
      try {
        await limiter.consume(key);
        return 0;
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        return Math.max(refusal.msBeforeNext, 1);
      }
    },
    async giveBack(key) {
      await limiter.reward(key);
    },
    async reset(key) {
      await limiter.delete(key);
    },
  };
}

// Redis, and how the session store uses it.

import { z } from 'zod';
import { readAuthorities } from './certificates.ts';
import { redisAddress, wholeNumber } from './kinds.ts';

export const storeSettings = {
  /**
   * The address of Redis, required when SESSION_STRATEGY is `redis` or `connect-redis`. One server:
   * `redis://user:password@host:6379`, or `rediss:` with TLS. Only with the strategy `redis` also Sentinel,
   * `redis-sentinel://user:password@host:26379,host:26379/name`, and Cluster,
   * `redis-cluster://user:password@host:6379,host:6379`, with TLS `rediss-sentinel:` and `rediss-cluster:`. Names and
   * passwords are percent-encoded.
   */
  REDIS_URL: redisAddress.optional(),
  /**
   * For an address of Redis with TLS: the path of a PEM file with the authorities that may have signed the servers' certificates.
   * Default: those that Node trusts. A certificate must be valid for the host that is asked: the one in REDIS_URL, and with
   * Sentinel and Cluster what the servers say of each other, which are IP addresses unless they announce host names.
   */
  REDIS_CA_FILE: z
    .string()
    .transform((path) => readAuthorities(path))
    .refine((authorities) => authorities !== undefined, 'the path of a PEM file with certificates')
    .optional(),
  /**
   * Strategy `redis` only. How long one call to the session store may take, in milliseconds, with all its commands
   * and retries, before the request is answered with 503. The default is a hundred times what Redis needs, and short enough
   * that the 503 comes within 1 s. The throttles' commands for one login have twice as long together.
   */
  STORE_DEADLINE_MS: wholeNumber(10, 10_000).default(250),
  /**
   * Strategy `redis` only. The share of its idle timeout, in percent, that a session must have used up before a
   * request renews it in the store; 0 renews with each request. A session may end that much earlier: with 10 percent of 30
   * minutes, 27 to 30 minutes after its last request.
   */
  STORE_TOUCH_AFTER_PERCENT: wholeNumber(0, 90).default(10),
  /** Strategy `redis` only. After so many unanswered calls in a row the breaker opens: requests get 503 at once. */
  STORE_BREAKER_CALLS: wholeNumber(1, 1000).default(3),
  /** Strategy `redis` only. The longest time between two trial calls of an open breaker, in milliseconds. */
  STORE_BREAKER_PAUSE_MS: wholeNumber(10, 10_000).default(400),
  /**
   * Strategy `redis` only. How the scripts of the store and of the throttles get to Redis. `eval`: they are sent. `functions`: an administrator has
   * loaded them beforehand (`node services/app/src/prepare-redis.ts`, Redis 7), so that the instances' Redis user needs
   * neither EVAL nor EVALSHA.
   */
  REDIS_SCRIPTS: z.enum(['eval', 'functions'], 'eval or functions').default('eval'),
  /**
   * Strategy `redis` only. How many replicas of Redis must have confirmed a login, a sign-up or a logout before it is
   * answered with success; 0 for none. Redis replicates asynchronously, so without it a failover loses what the last
   * moment wrote. While fewer replicas are there, nobody can log in or out: 503.
   */
  STORE_REPLICAS: wholeNumber(0, 10).default(0),
};

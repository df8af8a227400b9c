// Sessions: where they live, how long, and the cookie.

import { z } from 'zod';
import { flag, longSecret, wholeNumber } from './kinds.ts';

export const sessionSettings = {
  /**
   * Where sessions live. `redis` is the one for production. `memory` keeps them in the instance. `sticky` is `memory` behind
   * a proxy that sends each client to the same instance again. `connect-redis` is the usual set-up with that package, with
   * all its faults, for comparison.
   */
  SESSION_STRATEGY: z
    .enum(['memory', 'sticky', 'connect-redis', 'redis'], 'memory, sticky, connect-redis or redis')
    .default('redis'),
  /**
   * Signs the cookie; the same on every instance. Of several secrets, separated by commas or new lines, the first signs and
   * all verify. So one can be replaced without logging anybody out: `old,new` on every instance, then `new,old`, then `new`.
   * There is no default, because one that is made at start would differ on each instance.
   */
  SESSION_SECRET: z
    .string('one or several, separated by commas or new lines, each at least 32 characters')
    .transform((text) => text.split(/[,\n]/).map((secret) => secret.trim()))
    .transform((secrets) => secrets.filter((secret) => secret !== ''))
    .pipe(z.array(longSecret).min(1, 'at least one secret')),
  /**
   * Idle timeout: seconds without a request after which a session ends. With the strategy `redis` by the store alone; with the
   * others the cookie ends with it.
   */
  SESSION_IDLE_SECONDS: wholeNumber(1, 31_536_000).default(1800),
  /**
   * Absolute timeout: seconds after login (for a guest, after the first data) when a session ends, used or not. With the
   * strategy `redis` the cookie lives as long.
   */
  SESSION_ABSOLUTE_SECONDS: wholeNumber(1, 31_536_000).default(43_200),
  /**
   * Strategy `redis` only. Under which keys new sessions are stored; those of both forms are read. `hashed`: under the
   * SHA-256 of their id, so that whoever reads Redis, a backup of it or MONITOR cannot use a session; each user has a list of
   * sessions. `plain`: under the id itself, as connect-redis has it, for as long as instances run that know nothing else;
   * these sessions are in no list.
   */
  SESSION_KEYS: z.enum(['plain', 'hashed'], 'plain or hashed').default('hashed'),
  /**
   * Strategy `redis` with SESSION_KEYS=hashed only. How many sessions a user may have; 0 for any number. A login beyond it ends the one
   * whose last use is longest ago.
   */
  SESSIONS_PER_USER: wholeNumber(0, 1000).default(10),
  /**
   * Seconds after login in which a user may end other sessions. Later the answer is 403 with the reason `login_too_old`, so
   * that whoever finds an open browser cannot throw its owner out elsewhere.
   */
  REAUTHENTICATE_AFTER_SECONDS: wholeNumber(1, 31_536_000).default(900),
  /**
   * How often an instance asks Postgres whose sessions have ended, in milliseconds. After at most two of these times it
   * refuses them even if Redis has forgotten that they ended, as after a failover.
   */
  EPOCH_POLL_MS: wholeNumber(50, 60_000).default(1000),
  /** Idle timeout of a guest, who has a cart and has not logged in: shorter, since anybody can have such sessions made. */
  SESSION_GUEST_IDLE_SECONDS: wholeNumber(1, 31_536_000).default(600),
  /** How many different articles a guest's cart holds. A user's holds 50. */
  GUEST_CART_LINES: wholeNumber(1, 50).default(10),
  /**
   * Up to which share of Redis' `maxmemory`, in percent, sessions of guests begin. Above it they are refused with 503, and the
   * rest is for those who log in. Read from Redis about once a second; without a `maxmemory` there is no such limit.
   */
  GUEST_MEMORY_PERCENT: wholeNumber(1, 100).default(50),
  /** Send the cookie over HTTPS only, under the name `__Host-sid`. Default: true in production. */
  COOKIE_SECURE: flag.optional(),
};

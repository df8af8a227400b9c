// How long a session lives in Redis. Only Redis' clock counts: what is sent is a duration and never a date, and it comes
// from the cookie's `originalMaxAge`, which is a duration as well. connect-redis computes it from the cookie's date of
// expiry; for a session that another instance stored, that date is by another machine's clock.

import type { SessionData } from 'express-session';
import { InvalidLifetime } from './errors.ts';

/** Seconds, as with connect-redis: a number for cookies without Max-Age, or a function that decides for each session. */
export type TtlOption = number | ((session: SessionData) => number);

/**
 * The session's lifetime from now, in whole milliseconds. Zero or less means that it has ended.
 *
 * @throws {@link InvalidLifetime} for what is not a finite number, so that NaN is never sent to Redis
 */
export function lifetimeMs(session: SessionData, ttl: TtlOption): number {
  const ms = Math.ceil(rawLifetimeMs(session, ttl));
  if (!Number.isSafeInteger(ms)) throw new InvalidLifetime(ms);
  return ms;
}

/** The same before it is checked: any number, NaN included. */
export function rawLifetimeMs(session: SessionData, ttl: TtlOption): number {
  if (typeof ttl === 'function') return ttl(session) * 1000;
  // Anything may be in the store under a session's key, so the declared types are not relied upon.
  const cookie: { originalMaxAge?: number | null; expires?: unknown } = session.cookie ?? {};
  if (typeof cookie.originalMaxAge === 'number') return cookie.originalMaxAge;
  if (cookie.expires instanceof Date) return cookie.expires.getTime() - Date.now();
  if (typeof cookie.expires === 'string') return Date.parse(cookie.expires) - Date.now();
  return ttl * 1000;
}

// The `cookie` key of a session is express-session's own: the attributes of the next Set-Cookie. Its date of expiry moves
// with each request, so it would be in conflict always. That is why it has rules of its own.

import { own, type SessionRecord, sameValue } from './same-value.ts';

/**
 * Merges two requests' cookies. Attributes are merged one by one, and where both changed one, mine wins. The lifetime
 * (`originalMaxAge` with its `expires`) goes together: mine where I changed it, else the stored one where another
 * changed it, else the one that ends later.
 */
export function mergeCookies(seen: SessionRecord, mine: SessionRecord, stored: SessionRecord): SessionRecord {
  const keys = new Set([...Object.keys(stored), ...Object.keys(mine)]);
  for (const key of lifetimeKeys) keys.delete(key);
  const attributes = Array.from(keys, (key): [string, unknown] => {
    const changed = !same(own(mine, key), own(seen, key));
    return [key, own(changed ? mine : stored, key)];
  });
  const lifetime = withLifetimeOf(seen, mine, stored);
  // The order in which express-session writes them, so that this text is the same as connect-redis'.
  return Object.fromEntries(
    [
      ['originalMaxAge', lifetime.originalMaxAge] as const,
      ['expires', lifetime.expires] as const,
      ...attributes,
    ].filter(([, value]) => value !== undefined),
  );
}

/** Whether a cookie has changed, apart from the date of expiry, which moves by itself. */
export function cookieChanged(seen: SessionRecord, mine: SessionRecord): boolean {
  if (lifetimeChanged(own(seen, 'originalMaxAge'), own(mine, 'originalMaxAge'))) return true;
  const keys = new Set([...Object.keys(seen), ...Object.keys(mine)]);
  for (const key of lifetimeKeys) keys.delete(key);
  return Array.from(keys).some((key) => !same(own(seen, key), own(mine, key)));
}

const lifetimeKeys = ['originalMaxAge', 'expires'];

function withLifetimeOf(seen: SessionRecord, mine: SessionRecord, stored: SessionRecord) {
  const [before, after] = [own(seen, 'originalMaxAge'), own(stored, 'originalMaxAge')];
  if (lifetimeChanged(before, own(mine, 'originalMaxAge'))) return pick(mine, mine);
  // express-session's `expires` setter recomputes originalMaxAge from two readings of the clock, so it loses a millisecond
  // now and then. Taken from what is stored, the losses do not add up.
  if (lifetimeChanged(before, after)) return pick(stored, stored);
  return pick(stored, dateOf(mine) >= dateOf(stored) ? mine : stored);
}

function pick(maxAgeFrom: SessionRecord, expiresFrom: SessionRecord) {
  return { originalMaxAge: own(maxAgeFrom, 'originalMaxAge'), expires: own(expiresFrom, 'expires') };
}

/** Whether a cookie's `originalMaxAge` was changed by the app. */
export function lifetimeChanged(before: unknown, after: unknown): boolean {
  if (typeof before === 'number' && typeof after === 'number')
    return Math.abs(before - after) >= smallestChangeMs;
  return !same(before, after);
}

/** A smaller difference in `originalMaxAge` is the setter's rounding and no change by the app. In milliseconds. */
const smallestChangeMs = 1000;

/** From a text, or from the date that a serializer has made of it. */
function dateOf(cookie: SessionRecord): number {
  const expires = own(cookie, 'expires');
  return Date.parse(expires instanceof Date ? expires.toISOString() : String(expires)) || 0;
}

function same(a: unknown, b: unknown): boolean {
  return sameValue(a, b, (x, y) => String(x) === String(y));
}

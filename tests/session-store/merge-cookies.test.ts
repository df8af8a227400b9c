import { describe, expect, test } from '@jest/globals';
import { mergeSessions } from '../../services/session-store/src/merge.ts';
import { cookieChanged } from '../../services/session-store/src/merge-cookies.ts';

const cookie = (originalMaxAge: number | null, expires: string | null, more: object = {}) => ({
  originalMaxAge,
  expires,
  httpOnly: true,
  path: '/',
  ...more,
});
const [first, second, third] = [
  '2030-01-01T00:00:01.000Z',
  '2030-01-01T00:00:02.000Z',
  '2030-01-01T00:00:03.000Z',
];
const merged = (seen: object, mine: object, stored: object) =>
  mergeSessions({ seen: { cookie: seen }, mine: { cookie: mine }, stored: { cookie: stored } });

describe('The cookie of a session', () => {
  test('is in no conflict when both requests moved its date of expiry: the later date is kept', () => {
    const seen = cookie(60_000, first);
    expect(merged(seen, cookie(60_000, second), cookie(60_000, third))).toEqual({
      session: { cookie: cookie(60_000, third) },
      conflicts: [],
    });
  });

  test('keeps the lifetime that one of the requests gave it, whichever wrote first', () => {
    const seen = cookie(60_000, first);
    const longer = cookie(600_000, third);
    expect(merged(seen, longer, cookie(60_000, second)).session).toEqual({ cookie: longer });
    expect(merged(seen, cookie(60_000, second), longer).session).toEqual({ cookie: longer });
  });

  test('keeps the date of a lifetime that another request made shorter', () => {
    const shorter = cookie(1000, first);
    expect(merged(cookie(60_000, second), cookie(60_000, third), shorter).session).toEqual({
      cookie: shorter,
    });
  });

  test('may become one that ends with the browser', () => {
    const untilClosed = cookie(null, null);
    expect(merged(cookie(60_000, first), untilClosed, cookie(60_000, second)).session).toEqual({
      cookie: untilClosed,
    });
  });

  test('does not get shorter by the millisecond that express-session’s setter may lose at each save', () => {
    const { session } = merged(cookie(60_000, first), cookie(59_999, second), cookie(60_000, first));
    expect(session).toEqual({ cookie: cookie(60_000, second) });
  });

  test('merges its attributes one by one', () => {
    const seen = cookie(null, null, { sameSite: 'lax' });
    const mine = cookie(null, null, { sameSite: 'strict' });
    const stored = cookie(null, null, { sameSite: 'lax', domain: 'example.org' });
    expect(merged(seen, mine, stored).session).toEqual({
      cookie: cookie(null, null, { sameSite: 'strict', domain: 'example.org' }),
    });
  });

  test('loses an attribute that one of the requests removed', () => {
    const plain = cookie(60_000, first);
    const seen = cookie(60_000, first, { domain: 'example.org' });
    expect(merged(seen, plain, seen).session).toStrictEqual({ cookie: plain });
    expect(merged(seen, seen, plain).session).toStrictEqual({ cookie: plain });
  });

  test('gets no lifetime where it has none, and is written in the order of express-session’s own', () => {
    expect(merged({}, { path: '/' }, {}).session).toStrictEqual({ cookie: { path: '/' } });
    const reversed = { path: '/', httpOnly: true, expires: first, originalMaxAge: 60_000 };
    expect(JSON.stringify(merged(reversed, reversed, reversed).session)).toBe(
      JSON.stringify({ cookie: { originalMaxAge: 60_000, expires: first, path: '/', httpOnly: true } }),
    );
  });

  test('counts as changed for a new lifetime or attribute, and not for a new date of expiry', () => {
    const seen = cookie(60_000, first);
    expect(cookieChanged(seen, cookie(60_000, second))).toBe(false);
    expect(cookieChanged(seen, cookie(59_998, second))).toBe(false);
    expect(cookieChanged(seen, cookie(61_000, second))).toBe(true);
    expect(cookieChanged(seen, cookie(null, null))).toBe(true);
    expect(cookieChanged(seen, cookie(60_000, first, { secure: true }))).toBe(true);
  });

  test('counts as changed between a lifetime, however short, and none', () => {
    for (const none of [cookie(null, null), {}]) {
      expect(cookieChanged(cookie(500, first), none)).toBe(true);
      expect(cookieChanged(none, cookie(500, first))).toBe(true);
      expect(cookieChanged(none, none)).toBe(false);
    }
  });

  test('counts as changed for another Date that a serializer has revived in it, and not for the same', () => {
    const since = (date: string) => cookie(60_000, first, { since: new Date(date) });
    expect(cookieChanged(since(first), since(second))).toBe(true);
    expect(cookieChanged(since(first), since(first))).toBe(false);
  });
});

import { describe, expect, test } from '@jest/globals';
import session, { type SessionData } from 'express-session';
import { InvalidLifetime } from '../../services/session-store/src/errors.ts';
import { lifetimeMs } from '../../services/session-store/src/lifetime.ts';

const withCookie = (cookie: object) => ({ cookie }) as SessionData;

describe('The lifetime of a session', () => {
  test('is its cookie’s Max-Age and does not depend on this machine’s clock', () => {
    const stored = { originalMaxAge: 60_000, expires: '1999-01-01T00:00:00.000Z' };
    expect(lifetimeMs(withCookie(stored), 1)).toBe(60_000);
  });

  test('is the store’s default for a cookie that ends with the browser', () => {
    expect(lifetimeMs(withCookie({ originalMaxAge: null, expires: null }), 90)).toBe(90_000);
    expect(lifetimeMs(withCookie({}), 90)).toBe(90_000);
  });

  test('is what a function says, for each session', () => {
    expect(lifetimeMs(withCookie({ originalMaxAge: 60_000 }), () => 1.5)).toBe(1500);
  });

  test('follows a date of expiry where that is all there is', () => {
    const inAMinute = new Date(Date.now() + 60_000);
    for (const expires of [inAMinute, inAMinute.toISOString()]) {
      expect(lifetimeMs(withCookie({ expires }), 1)).toBeGreaterThan(59_000);
      expect(lifetimeMs(withCookie({ expires }), 1)).toBeLessThanOrEqual(60_000);
    }
  });

  test('of zero or less means that the session has ended', () => {
    expect(lifetimeMs(withCookie({ originalMaxAge: -5 }), 1)).toBe(-5);
    expect(lifetimeMs(withCookie({ originalMaxAge: 0 }), 1)).toBe(0);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300])(
    'of %p is refused',
    (ms) => {
      expect(() => lifetimeMs(withCookie({ originalMaxAge: ms }), 1)).toThrow(InvalidLifetime);
      expect(() => lifetimeMs(withCookie({}), () => ms)).toThrow(InvalidLifetime);
      const cookie = new session.Cookie();
      cookie.maxAge = ms;
      expect(() => lifetimeMs({ cookie }, 1)).toThrow(InvalidLifetime);
    },
  );

  test('is refused for an invalid date', () => {
    expect(() => lifetimeMs(withCookie({ expires: 'tomorrow' }), 1)).toThrow(InvalidLifetime);
  });
});

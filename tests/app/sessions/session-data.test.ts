import { describe, expect, test } from '@jest/globals';
import { cartKeys } from '../../../services/app/src/cart/cart-keys.ts';
import { isSession } from '../../../services/app/src/sessions/session-data.ts';

const cookie = { originalMaxAge: 1000, expires: '2030-01-01T00:00:00.000Z', httpOnly: true, path: '/' };
const session = { cookie, createdAt: 1, user: { id: 'a', username: 'ann' }, 'cart:apple': 2 };

describe('what is read from a store', () => {
  test('is a session when it has the shape of one', () => {
    expect(isSession(session, cartKeys)).toBe(true);
    expect(isSession({ cookie, createdAt: 1 }, cartKeys)).toBe(true);
    const request = { at: 5, digest: 'abc' };
    expect(isSession({ ...session, 'cart-request:a': request }, cartKeys)).toBe(true);
    expect(
      isSession({ ...session, cookie: { ...cookie, originalMaxAge: null, expires: null } }, cartKeys),
    ).toBe(true);
  });

  test('is a session with a key that only a newer instance knows', () => {
    expect(isSession({ ...session, theme: 'dark' }, cartKeys)).toBe(true);
  });

  test.each([
    ['nothing', undefined],
    ['text', 'session'],
    ['a number', 5],
    ['a list', [session]],
    ['null', null],
    ['without a cookie', { createdAt: 1 }],
    ['with a cookie of another kind', { ...session, cookie: 'sid' }],
    ['with an end that is no date', { ...session, cookie: { ...cookie, expires: 'soon' } }],
    ['with a lifetime that is no number', { ...session, cookie: { ...cookie, originalMaxAge: '1000' } }],
    ['without a beginning', { cookie, user: session.user }],
    ['with a beginning that is no number', { ...session, createdAt: 'today' }],
    ['with a number for its user', { ...session, user: 5 }],
    ['with a user who has no id', { ...session, user: { username: 'ann' } }],
    ['with a cart line that is no number', { ...session, 'cart:apple': 'two' }],
    ['with a cart line of zero', { ...session, 'cart:apple': 0 }],
    ['with a cart line of half an article', { ...session, 'cart:apple': 1.5 }],
    ['with a cart request that is only a time', { ...session, 'cart-request:a': 5 }],
    ['with a cart request without its digest', { ...session, 'cart-request:a': { at: 5 } }],
  ])('is none when it is %s', (_what, value) => {
    expect(isSession(value, cartKeys)).toBe(false);
  });
});

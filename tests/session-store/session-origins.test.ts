import { describe, expect, test } from '@jest/globals';
import type { SessionData } from 'express-session';
import { newSnapshot, SessionOrigins } from '../../services/session-store/src/session-origins.ts';

/** As express-session's: an instance of a class, which has its request. */
class OwnSession {
  readonly cookie = { originalMaxAge: 60_000 };
  constructor(request: unknown) {
    Object.defineProperty(this, 'req', { value: request });
  }
}

const data = () => ({ cookie: { originalMaxAge: 60_000 } }) as SessionData;
const snapshot = (key = 'one') => newSnapshot(key, data(), 'text', 60_000, true);

test('A snapshot holds what was loaded', () => {
  const before = performance.now();
  const { expiresAtMs, ...rest } = snapshot();
  expect(rest).toEqual({
    key: 'one',
    isUsed: true,
    storedText: 'text',
    seenText: 'text',
    seenMaxAge: 60_000,
  });
  expect(expiresAtMs).toBeGreaterThanOrEqual(before + 60_000);
  expect(expiresAtMs).toBeLessThanOrEqual(performance.now() + 60_000);
});

describe('The origin of a session', () => {
  test('is known under the id with which it was set, and under another it is the app’s own', () => {
    const origins = new SessionOrigins();
    const session = new OwnSession({});
    const origin = snapshot();
    origins.set(session, 'one', origin);
    expect(origins.of(session, 'one')).toBe(origin);
    expect(origins.of(session, 'two')).toBe('given');
  });

  test('is unknown for an object of a class, and the app’s own for plain data', () => {
    const origins = new SessionOrigins();
    expect(origins.of(new OwnSession({}), 'one')).toBeUndefined();
    expect(origins.of(data(), 'one')).toBe('given');
  });

  test('is that of its request for a Proxy around it, and under another id not known', () => {
    const origins = new SessionOrigins();
    const session = new OwnSession({});
    const origin = snapshot();
    origins.set(session, 'one', origin);
    const proxy = new Proxy(session, {});
    expect(origins.of(proxy, 'one')).toBe(origin);
    expect(origins.of(proxy, 'two')).toBeUndefined();
  });

  test.each([undefined, null, 'text'])('is kept for an object whose request is %p', (request) => {
    const origins = new SessionOrigins();
    const session = new OwnSession(request);
    origins.set(session, 'one', 'new');
    expect(origins.of(session, 'one')).toBe('new');
    expect(origins.of(new OwnSession(request), 'one')).toBeUndefined();
  });

  test('is not that of a request for data with a key `req`, which a session may hold', () => {
    const origins = new SessionOrigins();
    const req = {};
    origins.set({ ...data(), req }, 'one', snapshot());
    expect(origins.of({ ...data(), req }, 'one')).toBe('given');
    expect(origins.of(new OwnSession(req), 'one')).toBeUndefined();
  });
});

describe('A session made from data', () => {
  test('has a snapshot of its own, and uses the session', () => {
    const origins = new SessionOrigins();
    const loaded = data();
    const origin = { ...snapshot(), isUsed: false };
    origins.set(loaded, 'one', origin);
    const sessions = [new OwnSession({}), new OwnSession({})];
    for (const session of sessions) origins.copy(loaded, session, 'one');
    const [first, second] = sessions.map((session) => origins.of(session, 'one'));
    expect([first, second]).toEqual([
      { ...origin, isUsed: true },
      { ...origin, isUsed: true },
    ]);
    expect(first).not.toBe(second);
    expect(origins.of(loaded, 'one')).toEqual(origin);
  });

  test('is the app’s own where the data is, or is of unknown origin', () => {
    for (const from of [data(), new OwnSession({})]) {
      const origins = new SessionOrigins();
      const session = new OwnSession({});
      origins.copy(from, session, 'one');
      expect(origins.of(session, 'one')).toBe('given');
    }
  });

  test('is the app’s own where the data is a session that is new', () => {
    const origins = new SessionOrigins();
    const [fresh, session] = [new OwnSession({}), new OwnSession({})];
    origins.set(fresh, 'one', 'new');
    origins.copy(fresh, session, 'one');
    expect(origins.of(session, 'one')).toBe('given');
  });
});

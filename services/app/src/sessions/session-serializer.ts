// How a session is written in Redis: JSON as connect-redis writes it, but for the cookie's lifetime.

import type { SessionData } from 'express-session';
import type { Serializer } from 'merging-redis-store';
import { isSession } from './session-data.ts';
import type { SessionKeys } from './session-keys.ts';

/**
 * The cookie's lifetime is not kept: it was told to the browser when the session began, and in the store the idle timeout
 * counts. A session that is loaded has a cookie without an end, and express-session does not send that again
 * (`shouldSetCookie`). Text that is not a session of this app is refused, and so counts as damaged.
 */
export function jsonOfSessions(keys: SessionKeys): Serializer {
  return {
    parse(text) {
      const stored: unknown = JSON.parse(text);
      if (!isSession(stored, keys)) throw new TypeError('not the shape of a session');
      return stored;
    },
    stringify: ({ cookie, ...content }) => JSON.stringify({ cookie: withoutLifetime(cookie), ...content }),
  };
}

function withoutLifetime(cookie: SessionData['cookie']): object {
  // `data` is what express-session's own Cookie gives JSON.stringify.
  const attributes: object = 'data' in cookie ? Object(cookie.data) : cookie;
  return { ...attributes, originalMaxAge: null, expires: null };
}

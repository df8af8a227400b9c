// What a session holds, and whether something that claims to be a session is one.

import type { SessionData } from 'express-session';
import type { SessionKeys } from './session-keys.ts';

/** Who is logged in. Copied into the session, so that no request needs the database to know it. */
export interface SessionUser {
  readonly id: string;
  readonly username: string;
}

declare module 'express-session' {
  interface SessionData {
    /** Absent for a guest. */
    user?: SessionUser;
    /** When the session began: at login, or when a guest first left something in it. Milliseconds since 1970. */
    createdAt?: number;
    /** The user's epoch at login, see user-sessions.ts. Absent for a guest, and in a session from before there were epochs. */
    epoch?: number;
    /** What the client said about itself at login, see client-text.ts. */
    client?: string;
  }
}

/**
 * Whether a value, read from a store, has the shape of a session of this app. A key that is not known passes: during a
 * rolling deploy a newer instance may have written it. Written by hand, and not as a schema, because it runs with each
 * request.
 * @param keys what another part of the app keeps in sessions
 */
export function isSession(value: unknown, keys: SessionKeys): value is SessionData {
  if (!isRecord(value)) return false;
  const { cookie, user, createdAt, epoch, client } = value;
  return (
    isCookie(cookie) &&
    (user === undefined || isUser(user)) &&
    Number.isFinite(createdAt) &&
    (epoch === undefined || (Number.isSafeInteger(epoch) && Number(epoch) >= 0)) &&
    (client === undefined || typeof client === 'string') &&
    Object.keys(value).every((key) => !keys.includes(key) || keys.isValid(key, value[key]))
  );
}

/** With the lifetime that other strategies store, and without it. */
function isCookie(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { originalMaxAge, expires } = value;
  return (
    (originalMaxAge === null || Number.isFinite(originalMaxAge)) && (expires === null || isDate(expires))
  );
}

const isUser = (value: unknown) =>
  isRecord(value) && typeof value.id === 'string' && typeof value.username === 'string';

const isDate = (value: unknown) => typeof value === 'string' && !Number.isNaN(Date.parse(value));

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

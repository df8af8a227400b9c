// What the app answers when a session cannot be had or kept. What the shared store reports is toHttpError here.

import { SessionGone, SessionStoreUnavailable } from 'merging-redis-store';
import { ClientError, ServiceUnavailable } from '../http/errors.ts';

/** The session store failed or kept silent, so nobody can tell who is logged in. Never the same as being logged out. */
export class SessionsUnavailable extends ServiceUnavailable {
  override readonly name = 'SessionsUnavailable';
  constructor(cause: unknown) {
    super('Sessions cannot be read or stored at the moment.', { cause });
  }
}

/**
 * While this request was under way its session was ended elsewhere: a logout, or a login that gave it another id. What
 * it wanted to store is not stored. A user is told 401, for the login that they asked with is over; a guest, who can
 * simply ask again, 409.
 *
 * The cookie is left alone. It is cleared by who ended the session, or is a new login's already, and this answer,
 * arriving after that one, would log its user out. See docs/decisions/sessions-on-redis.md.
 */
export function sessionEnded(wasUser: boolean): ClientError {
  return wasUser
    ? new ClientError(401, 'The session has ended. Log in again.')
    : new ClientError(409, 'The session has ended in the meantime. Try again.');
}

/** @returns the app's error for one of the shared store's, and any other error as it is */
export function toHttpError(error: unknown, wasUser = false): unknown {
  if (error instanceof SessionGone) return sessionEnded(wasUser);
  if (error instanceof SessionStoreUnavailable) return new SessionsUnavailable(error);
  return error;
}

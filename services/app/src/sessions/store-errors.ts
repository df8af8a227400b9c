// What a client is told when its session cannot be read or stored: the app's errors for those of the Redis store.

import { SessionGone, SessionRevoked, SessionStoreUnavailable } from 'merging-redis-store';
import { ClientError, ServiceUnavailable } from '../http/errors.ts';

/** The session store failed or did not answer, so nobody can tell who is logged in. It never means "logged out". */
export class SessionsUnavailable extends ServiceUnavailable {
  override readonly name = 'SessionsUnavailable';
  constructor(cause: unknown) {
    super('Sessions cannot be read or stored at the moment.', { cause });
  }
}

/** Redis refuses what takes memory, for it has none left. It reads and deletes, so who is logged in stays so. */
export class SessionStoreFull extends ServiceUnavailable {
  override readonly name = 'SessionStoreFull';
  constructor(cause: unknown) {
    super('There is no room for another session at the moment.', { cause });
  }
}

/** Whether an error, or what caused it, is Redis' `OOM command not allowed when used memory > 'maxmemory'`. */
export function isOutOfMemory(error: unknown): boolean {
  return (
    error instanceof Error &&
    (/\bOOM command not allowed\b/.test(error.message) || isOutOfMemory(error.cause))
  );
}

/**
 * While this request was under way, another one ended its session: a logout, or a login that gave it another id. What
 * this one wanted to store is not stored. A user is told 401, because the login that the request came with is over; a
 * guest is told 409 and can simply ask again.
 *
 * The cookie is left alone. The request that ended the session has cleared it, or has replaced it by that of a new
 * login; this response may arrive after that one, and clearing the cookie would log out the new login's user. See
 * docs/decisions/sessions-on-redis.md.
 */
export function sessionEnded(wasUser: boolean): ClientError {
  return wasUser
    ? new ClientError(401, 'The session has ended. Log in again.')
    : new ClientError(409, 'The session has ended in the meantime. Try again.');
}

/** @returns the app's error for one of the Redis store's, and any other error as it is */
export function toHttpError(error: unknown, wasUser = false): unknown {
  if (error instanceof SessionGone) return sessionEnded(wasUser);
  // Only a login has it: the user's other sessions were ended while the password was being checked.
  if (error instanceof SessionRevoked) return sessionEnded(true);
  if (error instanceof SessionStoreUnavailable) {
    return isOutOfMemory(error) ? new SessionStoreFull(error) : new SessionsUnavailable(error);
  }
  return error;
}

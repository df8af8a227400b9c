// What the routes have in common that reach all sessions of a user.

import type { Request, RequestHandler, Response } from 'express';
import { errorBody } from '../http/error-responses.ts';
import { startUserSession } from '../sessions/request-session.ts';
import type { SessionUser } from '../sessions/session-data.ts';
import type { SessionKeys } from '../sessions/session-keys.ts';
import type { UserSessions } from '../sessions/user-sessions.ts';

interface Handled {
  readonly req: Request;
  readonly res: Response;
  readonly user: SessionUser;
  readonly userSessions: UserSessions;
}

/** For a route below `requireUser`. 501 where the strategy cannot find a user's sessions. */
export function withUserSessions(
  userSessions: UserSessions | undefined,
  handle: (handled: Handled) => Promise<void>,
): RequestHandler {
  return async (req, res) => {
    const { user } = req.session;
    if (user === undefined) throw new TypeError('the route is not below requireUser');
    if (userSessions !== undefined) return handle({ req, res, user, userSessions });
    const message = 'This deployment keeps sessions where those of one user cannot be found.';
    res.status(501).json(errorBody(501, message));
  };
}

/**
 * Ends all sessions of the request's user in the session store but the request's own, which goes on under a new id.
 *
 * The epoch is in Postgres already: if this fails, the instances end all sessions of the user (session-epochs.ts). The other
 * way round Redis might have an epoch that Postgres does not know, and would refuse each new login.
 * @param epoch the user's new epoch
 * @param createdAt when the user gave the password, in milliseconds since 1970
 * @returns how many have ended
 */
export async function endOtherSessions(
  { req, user: { id, username }, userSessions }: Omit<Handled, 'res'>,
  { epoch, createdAt, keep }: { epoch: number; createdAt: number; keep: SessionKeys },
): Promise<number> {
  const count = await userSessions.endAll(id, epoch, userSessions.nameOf(req.sessionID));
  await startUserSession(req, { id, username, epoch }, keep, createdAt);
  return count;
}

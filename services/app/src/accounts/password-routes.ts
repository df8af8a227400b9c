// The change of a password, which ends all other sessions of the user.

import type { Request } from 'express';
import { Router } from 'express';
import { allowMethods } from '../http/error-responses.ts';
import { ClientError, ServiceUnavailable } from '../http/errors.ts';
import { parseBody } from '../http/json-body.ts';
import { requireUser } from '../sessions/guard.ts';
import type { SessionUser } from '../sessions/session-data.ts';
import type { AccountDependencies } from './account-dependencies.ts';
import { logAccountEvent } from './account-events.ts';
import { attemptOf, hashFor } from './attempts.ts';
import { passwordBody, usernameKey } from './credentials.ts';
import { endOtherSessions, withUserSessions } from './end-other-sessions.ts';
import type { HashFor } from './hash-queue.ts';
import type { StoredUser } from './user-rows.ts';

/** The new password is stored, and Redis did not end the old sessions. The instances do, see session-epochs.ts. */
export class SessionsNotEnded extends ServiceUnavailable {
  override readonly name = 'SessionsNotEnded';
  constructor(cause: unknown) {
    super('The password has been changed. All sessions end within seconds: log in with the new one.', {
      cause,
    });
  }
}

export function passwordRoutes(options: AccountDependencies): Router {
  const { users, changes, hasher, throttles, passwordRules, keepAtLogin, sessionsReady, tagOf, now } =
    options;

  /** @throws {ClientError} 403 unless it is the user's password */
  const checkPassword = async (
    req: Request,
    { id, username }: SessionUser,
    password: string,
    whom: HashFor,
  ): Promise<StoredUser> => {
    let user: StoredUser | undefined;
    // Counted as a login is: otherwise whoever has a stolen session could guess the password here.
    const attempt = { ...attemptOf(req), account: usernameKey(username) };
    const isRight = await throttles.checkPassword(attempt, async () => {
      user = await users.get(id);
      return hasher.matches(password, user?.isDisabled ? undefined : user?.password, whom);
    });
    if (isRight && user !== undefined) return user;
    logAccountEvent(req, 'login_failed', tagOf, { user: id, reason: 'wrong current password' });
    throw new ClientError(403, 'The current password is wrong.', { reason: 'wrong_password' });
  };

  /** Stores the password and the new epoch. @returns the epoch */
  const storePassword = async (user: StoredUser, password: string, whom: HashFor): Promise<number> => {
    const fresh = await hasher.hash(password, user.password, whom);
    const epoch = await changes.changePassword(user.id, user.password, fresh);
    if (epoch !== undefined) return epoch;
    throw new ClientError(409, 'The password has been changed by another request in the meantime.');
  };

  const router = Router();
  router
    .route('/password')
    .post(
      requireUser,
      withUserSessions(options.userSessions, async ({ req, res, user, userSessions }) => {
        const { currentPassword, newPassword } = parseBody(
          passwordBody(passwordRules, user.username),
          req.body,
        );
        const whom = hashFor(req, res);
        // Before the password is stored, so that the client seldom hears of one that is changed and of sessions that are not.
        await sessionsReady();
        const known = await checkPassword(req, user, currentPassword, whom);
        const epoch = await storePassword(known, newPassword, whom);
        logAccountEvent(req, 'password_changed', tagOf, { user: user.id });
        const login = { epoch, createdAt: now(), keep: keepAtLogin };
        const count = await endOtherSessions({ req, user, userSessions }, login).catch((error: unknown) => {
          throw error instanceof ClientError ? error : new SessionsNotEnded(error);
        });
        const reason = 'password changed';
        logAccountEvent(req, 'session_ended', tagOf, { user: user.id, by: 'user', reason, count });
        res.json({ status: 'success', data: { ended: count } });
      }),
    )
    .all(allowMethods('POST'));
  return router;
}

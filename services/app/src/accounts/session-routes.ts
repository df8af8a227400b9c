// A user's own sessions: to see them, to end one, to end all others.

import type { Request } from 'express';
import { Router } from 'express';
import { allowMethods } from '../http/error-responses.ts';
import { ClientError } from '../http/errors.ts';
import { clearSessionCookie } from '../sessions/cookie.ts';
import { requireUser } from '../sessions/guard.ts';
import { destroySession } from '../sessions/request-session.ts';
import type { UserSession } from '../sessions/user-sessions.ts';
import type { AccountDependencies } from './account-dependencies.ts';
import { logAccountEvent } from './account-events.ts';
import { endOtherSessions, withUserSessions } from './end-other-sessions.ts';

export function sessionRoutes(options: AccountDependencies): Router {
  const { changes, cookie, keepAtLogin: keep, reauthenticateAfterMs, sessionsReady, tagOf, now } = options;

  /** @returns when the user logged in @throws {ClientError} 403 if that is too long ago */
  const requireRecentLogin = (req: Request): number => {
    const { createdAt = 0 } = req.session;
    if (now() - createdAt <= reauthenticateAfterMs) return createdAt;
    throw new ClientError(403, 'Your login is too old for this. Log in again.', { reason: 'login_too_old' });
  };

  const router = Router();
  router
    .route('/sessions')
    .get(
      requireUser,
      withUserSessions(options.userSessions, async ({ req, res, user, userSessions }) => {
        const own = userSessions.nameOf(req.sessionID);
        const sessions = (await userSessions.list(user.id)).map((session) => answerWith(session, own));
        res.json({ status: 'success', data: { sessions } });
      }),
    )
    .delete(
      requireUser,
      withUserSessions(options.userSessions, async ({ req, res, user, userSessions }) => {
        const createdAt = requireRecentLogin(req);
        // As long as Redis does not answer, this would end the session of the request as well.
        await sessionsReady();
        const epoch = await changes.endSessions(user.id);
        if (epoch === undefined) throw new ClientError(401, 'There is no such account any more.');
        const count = await endOtherSessions({ req, user, userSessions }, { epoch, createdAt, keep });
        logAccountEvent(req, 'session_ended', tagOf, { user: user.id, by: 'user', count });
        res.json({ status: 'success', data: { ended: count } });
      }),
    )
    .all(allowMethods('GET', 'HEAD', 'DELETE'));

  router
    .route('/sessions/:id')
    .delete(
      requireUser,
      withUserSessions(options.userSessions, async ({ req, res, user, userSessions }) => {
        const name = String(req.params.id);
        if (name === userSessions.nameOf(req.sessionID)) {
          const session = tagOf(req.sessionID);
          await destroySession(req);
          logAccountEvent(req, 'logout', tagOf, { user: user.id, session });
          clearSessionCookie(res, cookie);
        } else {
          requireRecentLogin(req);
          if (!(await userSessions.end(user.id, name)))
            throw new ClientError(404, 'You have no such session.');
          logAccountEvent(req, 'session_ended', tagOf, {
            ...{ user: user.id, session: tagOf(name), by: 'user' },
          });
        }
        res.json({ status: 'success' });
      }),
    )
    .all(allowMethods('DELETE'));
  return router;
}

function answerWith({ name, createdAt, lastSeenAt, client }: UserSession, own: string | undefined) {
  const date = (ms: number) => new Date(ms).toISOString();
  return {
    id: name,
    createdAt: date(createdAt),
    lastSeenAt: date(lastSeenAt),
    client,
    current: name === own,
  };
}

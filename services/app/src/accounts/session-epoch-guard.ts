// Refuses requests of sessions that have ended according to Postgres, though the session store still has them.

import type { Request, RequestHandler, Response } from 'express';
import { ClientError } from '../http/errors.ts';
import { logSecurityEvent } from '../operations/security-events.ts';
import type { SessionCookie } from '../sessions/cookie.ts';
import { clearSessionCookie } from '../sessions/cookie.ts';
import { destroySession } from '../sessions/request-session.ts';
import type { SessionUser } from '../sessions/session-data.ts';
import type { SessionTagger } from '../sessions/session-tag.ts';
import type { SessionEpochs } from './session-epochs.ts';

export function enforceSessionEpochs(
  epochs: Pick<SessionEpochs, 'isEnded'>,
  cookie: SessionCookie,
  tagOf: SessionTagger,
): RequestHandler {
  const end = async (req: Request, res: Response, user: SessionUser) => {
    const session = tagOf(req.sessionID);
    await destroySession(req);
    clearSessionCookie(res, cookie);
    logSecurityEvent(req.log, 'session_ended', { user: user.id, session, by: 'app', reason: 'older epoch' });
    throw new ClientError(401, 'The session has ended. Log in again.');
  };
  return (req, res, next) => {
    const { user, epoch = 0 } = req.session;
    if (user === undefined || !epochs.isEnded(user.id, epoch)) return next();
    return end(req, res, user);
  };
}

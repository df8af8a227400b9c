// Which requests are refused because of their session: over plain HTTP where the cookie demands HTTPS, past the absolute
// timeout, and without a login where a route needs one.

import type { Request, RequestHandler, Response } from 'express';
import { ClientError } from '../http/errors.ts';
import type { SessionCookie } from './cookie.ts';
import { clearSessionCookie } from './cookie.ts';
import { destroySession } from './request-session.ts';

/**
 * Ends a session that is older than its absolute timeout, however busy it is: otherwise a stolen cookie that is used
 * now and then would be valid for ever. Checked on every request, by the instance's own clock.
 */
export function enforceAbsoluteTimeout(
  absoluteMs: number,
  cookie: SessionCookie,
  now: () => number,
): RequestHandler {
  const end = async (req: Request, res: Response) => {
    await destroySession(req);
    clearSessionCookie(res, cookie);
    throw new ClientError(401, 'The session has reached its longest lifetime. Log in again.');
  };
  return (req, res, next) => {
    const { createdAt } = req.session;
    if (createdAt === undefined || now() - createdAt < absoluteMs) return next();
    return end(req, res);
  };
}

/**
 * Refuses plain HTTP when the cookie is for HTTPS only. express-session would send no cookie and report no error, and a
 * login would answer 200 to somebody who is not logged in. Whether it was HTTPS, the proxy says (X-Forwarded-Proto).
 */
export function requireHttps(cookie: SessionCookie): RequestHandler {
  return (req, _res, next) => {
    if (cookie.attributes.secure && !req.secure) throw new ClientError(403, 'Use HTTPS.');
    next();
  };
}

/** 401 for guests. */
export const requireUser: RequestHandler = (req, _res, next) => {
  if (req.session.user === undefined) throw new ClientError(401, 'Log in first.');
  next();
};

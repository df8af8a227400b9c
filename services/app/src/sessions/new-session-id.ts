// The ids of new sessions, and which session a request asked for when it gets a new one instead.

import { randomBytes } from 'node:crypto';
import type { Request } from 'express';

const askedFor = new WeakMap<Request, string>();

/**
 * For express-session's `genid`: 192 random bits, as its own. When the store has no session for the request's cookie,
 * express-session calls it with the cookie's id still in place, and this is the only moment at which the app can see it.
 */
export function newSessionId(req: Request): string {
  const session: unknown = req.session;
  if (session === undefined && typeof req.sessionID === 'string') askedFor.set(req, req.sessionID);
  return randomBytes(24).toString('base64url');
}

/** The id in the request's cookie, validly signed, for which the store had no session, or none that this app can read. */
export function unreadSessionId(req: Request): string | undefined {
  return askedFor.get(req);
}

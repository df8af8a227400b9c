// The ids of new sessions, and which session a request asked for when it gets a new one instead.

import { randomBytes } from 'node:crypto';
import type { Request } from 'express';
import { newSessionId } from 'merging-redis-store';

/** `plain`: as express-session makes them, and stored under the id itself. `hashed`: stored under a hash of the id. */
export type SessionKeyForm = 'plain' | 'hashed';

const askedFor = new WeakMap<Request, string>();
const owners = new WeakMap<Request, string>();

/**
 * For express-session's `genid`: 192 random bits, as its own. When the store has no session for the request's cookie,
 * express-session calls it with the cookie's id still in place, and this is the only moment at which the app can see it.
 */
export function sessionIds(form: SessionKeyForm): (req: Request) => string {
  return (req) => {
    const session: unknown = req.session;
    if (session === undefined && typeof req.sessionID === 'string') askedFor.set(req, req.sessionID);
    return form === 'plain' ? randomBytes(24).toString('base64url') : newSessionId(owners.get(req));
  };
}

/** A session that the work makes for the request gets an id that says whose it is. */
export async function forUser<T>(req: Request, userId: string, work: () => Promise<T>): Promise<T> {
  owners.set(req, userId);
  try {
    return await work();
  } finally {
    owners.delete(req);
  }
}

/** The id in the request's cookie, validly signed, for which the store had no session, or none that this app can read. */
export function unreadSessionId(req: Request): string | undefined {
  return askedFor.get(req);
}

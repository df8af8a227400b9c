// The session cookie: its attributes, with which it is set and cleared. Its lifetime is set in session-middleware.ts.

import type { CookieOptions, Response } from 'express';
import type { Config } from '../config.ts';

/** The cookie's name and the attributes that identify it. A browser clears a cookie only when they match. */
export interface SessionCookie {
  readonly name: string;
  readonly attributes: Readonly<Pick<CookieOptions, 'httpOnly' | 'sameSite' | 'secure' | 'path'>>;
}

export function sessionCookie(config: Pick<Config['session'], 'cookieSecure'>): SessionCookie {
  return {
    // The prefix makes browsers refuse it unless it is Secure, for the path / and without a Domain, so that neither a
    // sibling subdomain nor plain HTTP can plant one (RFC 6265bis, section 4.1.3.2).
    name: config.cookieSecure ? '__Host-sid' : 'sid',
    attributes: {
      // Scripts of a page cannot read it.
      httpOnly: true,
      // Not sent along with another site's form or script, but with a link from there.
      sameSite: 'lax',
      secure: config.cookieSecure,
      path: '/',
    },
  };
}

/** Tells the browser to delete the cookie, which would otherwise go on sending the id of a session that has ended. */
export function clearSessionCookie(res: Response, { name, attributes }: SessionCookie): void {
  res.clearCookie(name, attributes);
}

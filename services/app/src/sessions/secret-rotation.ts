// While SESSION_SECRET is replaced (`new,old`), cookies that the old secret has signed are accepted and signed anew, so that
// nobody is logged out when the old one is taken away.

import { createHmac } from 'node:crypto';
import type { Request, Response } from 'express';
import type { SessionCookie } from './cookie.ts';

/**
 * Sends the cookie of the request's session again where another secret than this one has signed it.
 * @param endsAt when the session ends at the latest, in milliseconds since 1970
 */
export function signAnew(
  req: Request,
  res: Response,
  secret: string,
  { name, attributes }: SessionCookie,
  endsAt: number,
): void {
  // As in the package cookie-signature, which express-session and `res.cookie` use.
  const signature = createHmac('sha256', secret).update(req.sessionID).digest('base64').replace(/=+$/, '');
  if (req.headers.cookie?.includes(encodeURIComponent(signature))) return;
  Object.assign(req, { secret });
  res.cookie(name, req.sessionID, { ...attributes, expires: new Date(endsAt), signed: true });
}

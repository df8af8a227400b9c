// Headers that every response has, and requests that are refused because of theirs.

import type { Request, RequestHandler } from 'express';
import { ClientError } from './errors.ts';

/** Says which instance answered: the proof that a session is known to other instances than the one where it began. */
export function nameInstance(instanceName: string): RequestHandler {
  return (_req, res, next) => {
    res.set('X-Served-By', instanceName);
    next();
  };
}

/** Security headers. An API has no pages, so there is no policy for scripts and frames to set. */
export const setSecurityHeaders: RequestHandler = (_req, res, next) => {
  res.set({
    // Responses are about one user. No cache, shared or in the browser, may keep them.
    'Cache-Control': 'no-store',
    // JSON is not to be taken for a script or a page, whatever it looks like.
    'X-Content-Type-Options': 'nosniff',
  });
  next();
};

/** A request has to name its host (RFC 9112, section 3.2). Checked here and not by Node, so that the response is JSON. */
export const requireHost: RequestHandler = (req, _res, next) => {
  if (req.headers.host === undefined && req.httpVersion === '1.1') {
    throw new ClientError(400, 'The request does not name its host.');
  }
  next();
};

/**
 * Refuses changes that a page of another site requests (CSRF), by the headers in which the browser says where a request
 * comes from. SameSite=Lax and JSON-only bodies are two more defences. Clients that are not browsers send neither header
 * and pass: nobody can make them send somebody else's cookie. The rule is that of Go's net/http.CrossOriginProtection.
 */
export const refuseCrossSite: RequestHandler = (req, _res, next) => {
  const changes = !['GET', 'HEAD', 'OPTIONS'].includes(req.method);
  if (changes && !isSameOriginOrNoBrowser(req))
    throw new ClientError(403, 'This request comes from another site.');
  next();
};

function isSameOriginOrNoBrowser(req: Request): boolean {
  const site = req.get('Sec-Fetch-Site');
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  // Browsers leave Sec-Fetch-Site out over plain HTTP. `Origin: null`, of a sandboxed frame, is refused.
  const origin = req.get('Origin');
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  // A proxy may pass on the host's name without its port, then only the name can be compared.
  const { host, hostname } = new URL(origin);
  return req.host === host || req.host === hostname;
}

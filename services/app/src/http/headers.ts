// Headers that every answer has, and requests that are refused by theirs.

import type { Request, RequestHandler } from 'express';
import { ClientError } from './errors.ts';

/** Which instance answered. It is what proves that a session is known elsewhere than where it began. */
export function nameInstance(instanceName: string): RequestHandler {
  return (_req, res, next) => {
    res.set('X-Served-By', instanceName);
    next();
  };
}

/** What makes sense for an API: it has no pages, so there is no policy for scripts and frames to set. */
export const protectAnswers: RequestHandler = (_req, res, next) => {
  res.set({
    // Answers are about one user. No cache, shared or in the browser, may keep them.
    'Cache-Control': 'no-store',
    // JSON is not to be taken for a script or a page, whatever it looks like.
    'X-Content-Type-Options': 'nosniff',
  });
  next();
};

/** A request has to name its host (RFC 9112, section 3.2). Here and not by Node, for the answer's form. */
export const requireHost: RequestHandler = (req, _res, next) => {
  if (req.headers.host === undefined && req.httpVersion === '1.1') {
    throw new ClientError(400, 'The request does not name its host.');
  }
  next();
};

/**
 * Refuses changes that another site's page asks for (CSRF), with the browser's own word for where a request comes from.
 * SameSite=Lax and JSON-only bodies are two more walls. Clients that are no browsers send neither header and pass; nobody
 * can make them send somebody else's cookie. The rule is that of Go's net/http.CrossOriginProtection.
 */
export const refuseCrossSite: RequestHandler = (req, _res, next) => {
  const changes = !['GET', 'HEAD', 'OPTIONS'].includes(req.method);
  if (changes && !isFromHere(req)) throw new ClientError(403, 'This request comes from another site.');
  next();
};

function isFromHere(req: Request): boolean {
  const site = req.get('Sec-Fetch-Site');
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  // Browsers leave Sec-Fetch-Site out over plain HTTP. `Origin: null`, of a sandboxed frame, is not from here.
  const origin = req.get('Origin');
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  // A proxy may hand on the host's name without its port, then only the name can be compared.
  const { host, hostname } = new URL(origin);
  return req.host === host || req.host === hostname;
}

// Requests that are refused because of their headers: by the host that they are for, and by the site that they come from.

import type { Request, RequestHandler } from 'express';
import { logSecurityEvent } from '../operations/security-events.ts';
import { ClientError } from './errors.ts';

/**
 * A request has to name its host (RFC 9112, section 3.2), and one that is served here. Checked by the app and not by Node, so
 * that the response is JSON.
 * @param allowed names, with a port or for any port; undefined allows every host
 */
export function requireHost(allowed: readonly string[] | undefined): RequestHandler {
  return (req, _res, next) => {
    const host = hostOf(req);
    if (host === undefined && req.httpVersion === '1.1') {
      throw new ClientError(400, 'The request does not name its host.');
    }
    if (allowed !== undefined && !(host !== undefined && isAllowed(host, allowed))) {
      throw new ClientError(421, 'This host is not served here. ALLOWED_HOSTS says which ones are.');
    }
    next();
  };
}

/**
 * Refuses changes that a page of another site requests (CSRF), by the headers in which the browser says where a request
 * comes from. SameSite=Lax and JSON-only bodies are two more defences. Clients that are not browsers send neither header
 * and pass: nobody can make them send somebody else's cookie. The rule is that of Go's net/http.CrossOriginProtection.
 */
export const refuseCrossSite: RequestHandler = (req, _res, next) => {
  const changes = !['GET', 'HEAD', 'OPTIONS'].includes(req.method);
  const reason = changes ? otherSiteOf(req) : undefined;
  if (reason !== undefined) {
    logSecurityEvent(req.log, 'forbidden_origin', { client: req.ip, reason });
    throw new ClientError(403, 'This request comes from another site.');
  }
  next();
};

/** What says that a page of another site requests this; undefined for the same origin and for what is no browser. */
function otherSiteOf(req: Request): string | undefined {
  const site = req.get('Sec-Fetch-Site');
  if (site !== undefined) {
    return site === 'same-origin' || site === 'none' ? undefined : `Sec-Fetch-Site: ${inLog(site)}`;
  }
  // Browsers leave Sec-Fetch-Site out over plain HTTP. `Origin: null`, of a sandboxed frame, is refused.
  const origin = req.get('Origin');
  if (origin === undefined || isOwnOrigin(origin, hostOf(req))) return undefined;
  return `Origin: ${inLog(origin)}`;
}

/**
 * With the port: another port of the same host is another program, perhaps of somebody else. Without the scheme: what ends
 * TLS in front of the proxy may not say that it did.
 */
function isOwnOrigin(origin: string, host = ''): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, host: originHost } = new URL(origin);
  const own = `${protocol}//${host}`;
  // Of both, `:443` of https and `:80` of http are left out.
  return URL.canParse(own) && new URL(own).host === originHost;
}

/** With its port. From X-Forwarded-Host where a trusted proxy says that; nginx here does not. */
function hostOf(req: Request): string | undefined {
  return req.host?.toLowerCase();
}

function isAllowed(host: string, allowed: readonly string[]): boolean {
  return allowed.includes(host) || allowed.includes(host.replace(/:\d+$/, ''));
}

/** A line is to be readable, whatever a client sends. */
const inLog = (text: string) => text.slice(0, 100);

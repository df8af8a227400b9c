// Headers that every response has.

import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** The headers that are the same in every response: their names and values, made once. */
export function fixedHeaders(instanceName: string): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  class Collecting extends ServerResponse {
    override setHeader(name: string, value: string): this {
      headers.set(name, value);
      return this;
    }
  }
  const req = new IncomingMessage(new Socket());
  // Which instance answered: the proof that a session is known to other instances than the one where it began.
  headers.set('X-Served-By', instanceName);
  // Responses are about one user. No cache, shared or in the browser, may keep them.
  headers.set('Cache-Control', 'no-store');
  setByHelmet(req, new Collecting(req), () => {});
  return headers;
}

export function setFixedHeaders(instanceName: string): RequestHandler {
  const headers = [...fixedHeaders(instanceName)];
  return (_req, res, next) => {
    for (const [name, value] of headers) res.setHeader(name, value);
    next();
  };
}

/** The same headers as lines, for a response that is written by hand. */
export function headerLines(instanceName: string): string[] {
  return Array.from(fixedHeaders(instanceName), ([name, value]) => `${name}: ${value}`);
}

/**
 * Security headers, for responses that are JSON and never a page. nginx' own answers have the same:
 * infra/nginx/own-headers.conf.
 */
const setByHelmet = helmet({
  // Should a browser show a response as a page all the same, nothing in it is loaded, run, sent or framed.
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      // These three do not fall back to default-src.
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  // Whoever opens this in a window gets no reference to it, and no page of another site can load it as a part of its own.
  crossOriginOpenerPolicy: { policy: 'same-origin' },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  // It says which parts a page may embed. A response has none.
  crossOriginEmbedderPolicy: false,
  // An address is nobody else's business.
  referrerPolicy: { policy: 'no-referrer' },
  // JSON is not to be taken for a script or a page, whatever it looks like.
  xContentTypeOptions: true,
  // What frame-ancestors says, for browsers that do not know it.
  xFrameOptions: { action: 'deny' },
  // Sent by the one that ends TLS and knows by which name: infra/nginx/https.conf.
  strictTransportSecurity: false,
  // For documents and their scripts, for links in pages, and for programs that are gone: Internet Explorer, Flash.
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
  // Express does not send it (app.ts).
  xPoweredBy: false,
});

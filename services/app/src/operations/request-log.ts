// One line of the log for each request, made when it has been answered. Headers and bodies are not logged at all, so no
// cookie or password can be.

import { randomUUID } from 'node:crypto';
import { isNativeError } from 'node:util/types';
import type { Express, Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { ServiceUnavailable } from '../http/errors.ts';
import { isProbe } from './health.ts';

declare module 'http' {
  interface IncomingMessage {
    /** Sent back as X-Request-Id. */
    id: string;
    /** Logs with the request's id. Made when it is first asked for: most requests log nothing but their line. */
    readonly log: Logger;
  }
  interface ServerResponse {
    /** Why the request failed, for its line. */
    err?: Error;
  }
}

/**
 * Logs each request when it has been answered, and gives it an id that is sent back as X-Request-Id. Has to run before
 * whatever uses `req.log`.
 * @param sessionTagOf what tells the request's session apart from others in the log; must not be its id
 */
export function logRequests(
  app: Express,
  log: Logger,
  sessionTagOf: (req: Request) => string | undefined,
): RequestHandler {
  giveRequestsALog(app, log);
  // What is logged of an answered request are the fields below and no others, so nothing in them has to be redacted. That
  // takes pino as long as the rest of the line. A failed one has its error's fields, whatever they are.
  const answered = log.child({}, { redact: [] });
  const write = (req: Request, res: Response, error: Error | undefined, ms: number) => {
    const level = levelOf(req, res);
    if (!log.isLevelEnabled(level)) return;
    const fields = requestFields(req, res, sessionTagOf(req), ms);
    const failure = error ?? (res.statusCode >= 500 ? unexplained(res) : undefined);
    if (failure !== undefined) log[level]({ ...fields, ...errorFields(failure) }, 'failed');
    else answered[level](fields, res.writableFinished ? 'answered' : 'client went away');
  };
  return (req, res, next) => {
    const beganMs = Date.now();
    req.id = takeRequestId(req);
    res.setHeader('X-Request-Id', req.id);
    let isLogged = false;
    const onEnd = (error?: Error) => {
      if (isLogged) return;
      isLogged = true;
      write(req, res, error ?? res.err, Date.now() - beganMs);
    };
    // After the last byte, and where the client has gone before that.
    res.on('close', onEnd);
    // Without a listener, writing to a response whose client has gone would end the process.
    res.on('error', onEnd);
    next();
  };
}

function giveRequestsALog(app: Express, log: Logger): void {
  Object.defineProperty(app.request, 'log', {
    configurable: true,
    get(this: Request) {
      const value = log.child({ requestId: this.id });
      Object.defineProperty(this, 'log', { value });
      return value;
    },
  });
}

function levelOf(req: Request, res: Response): 'debug' | 'info' | 'warn' | 'error' {
  // Several in a second, and why one fails is logged there (health.ts).
  if (isProbe({ url: req.originalUrl })) return 'debug';
  if (res.statusCode === 503) return 'warn';
  return res.statusCode >= 500 ? 'error' : 'info';
}

function requestFields(req: Request, res: Response, session: string | undefined, ms: number) {
  const { id: requestId, method, originalUrl, ip: client } = req;
  const query = originalUrl.indexOf('?');
  // Without the query: whatever a client puts there, such as a token, must not be kept.
  const path = query < 0 ? originalUrl : originalUrl.slice(0, query);
  // pino leaves out what is undefined.
  return { requestId, method, path, status: res.statusCode, client, session, ms };
}

const unexplained = (res: Response) => new Error(`failed with status code ${res.statusCode}`);

/** In an outage every request fails for the same reason. Its stack would say nothing more, and fill the disk. */
function errorFields(err: Error): { err: Error } | { reason: string } {
  return err instanceof ServiceUnavailable ? { reason: reasonOf(err) } : { err };
}

/** The messages of an error and its causes. A failed connection has none, but a code. */
function reasonOf(error: unknown): string {
  if (!isNativeError(error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  const message = error.message || code;
  return error.cause === undefined ? message : `${message} ${reasonOf(error.cause)}`;
}

/** X-Request-Id is taken over from the proxy, which overwrites what clients send, and is made here otherwise. */
function takeRequestId(req: Request): string {
  const given = req.headers['x-request-id'];
  if (typeof given !== 'string' || !/^[\w-]{8,64}$/.test(given)) return randomUUID();
  const trusts: unknown = req.app.get('trust proxy fn');
  const fromProxy = typeof trusts === 'function' && trusts(req.socket.remoteAddress, 0) === true;
  return fromProxy ? given : randomUUID();
}

// One line of JSON for each request. Headers and bodies are not logged at all, so no cookie or password can be.

import { createHash, randomUUID } from 'node:crypto';
import { isNativeError } from 'node:util/types';
import type { Request, RequestHandler, Response } from 'express';
import type { DestinationStream, Logger } from 'pino';
import { pino } from 'pino';
import { pinoHttp } from 'pino-http';
import { ServiceUnavailable } from '../http/errors.ts';

/** Belt and braces: should somebody log a request or a body one day, these stay out of it. */
const redact = [
  'password',
  '*.password',
  'err.body',
  'req.headers',
  'res.headers',
  'cookie',
  '*.cookie',
  'sessionID',
];

/** The instance's log: one JSON line each, to stdout where the platform collects it, or to `stream`. */
export function openLog(level: string, instance: string, stream?: DestinationStream): Logger {
  const options = { level, base: { instance }, redact, timestamp: pino.stdTimeFunctions.isoTime };
  return stream === undefined ? pino(options) : pino(options, stream);
}

/** Tells sessions apart in a log without being of use to log in: 48 bits of the id's SHA-256. */
export function sessionTag(sessionId: string): string {
  return createHash('sha256').update(sessionId).digest('base64url').slice(0, 8);
}

/** Logs each request when it has been answered, and gives it an id that is sent back as X-Request-Id. */
export function logRequests(log: Logger): RequestHandler {
  return pinoHttp<Request, Response>({
    logger: log,
    genReqId: takeRequestId,
    quietReqLogger: true,
    quietResLogger: true,
    customAttributeKeys: { reqId: 'requestId', responseTime: 'ms' },
    wrapSerializers: false,
    serializers: {
      err: pino.stdSerializers.err,
      // pino-http makes a logger with the whole request in it for each request, also when it is never used, and pino
      // turns it into text at once. Measured: a third of the CPU time of a small answer.
      req: () => undefined,
    },
    customLogLevel: (req, res) => {
      if (res.statusCode === 503) return 'warn';
      if (res.statusCode >= 500) return 'error';
      return isProbe(req) ? 'debug' : 'info';
    },
    customSuccessMessage: (_req, res) => (res.writableFinished ? 'answered' : 'client went away'),
    customErrorMessage: () => 'failed',
    customSuccessObject: (req, res, { ms }) => ({ ...describe(req, res), ms }),
    customErrorObject: (req, res, err, { ms }) => ({ ...describe(req, res), ms, ...explain(err) }),
  });
}

function describe(req: Request, res: Response) {
  return {
    method: req.method,
    // The path alone: what a client puts behind a question mark is not ours to keep.
    path: req.originalUrl.split('?', 1)[0],
    status: res.statusCode,
    client: req.ip,
    ...(req.session?.createdAt !== undefined && { session: sessionTag(req.sessionID) }),
  };
}

/** In an outage every request fails for the same reason. Its stack would say nothing more, and fill the disk. */
function explain(err: Error): { err: Error } | { reason: string } {
  return err instanceof ServiceUnavailable ? { reason: reasonOf(err) } : { err };
}

/** The messages of an error and its causes. A failed connection has none, but a code. */
function reasonOf(error: unknown): string {
  if (!isNativeError(error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  const message = error.message || code;
  return error.cause === undefined ? message : `${message} ${reasonOf(error.cause)}`;
}

const isProbe = (req: Request) => req.originalUrl === '/livez' || req.originalUrl === '/readyz';

/** The proxy overwrites X-Request-Id, so it is believed when the proxy sent it, and made up otherwise. */
function takeRequestId(req: Request, res: Response): string {
  const trusts: unknown = req.app.get('trust proxy fn');
  const fromProxy = typeof trusts === 'function' && trusts(req.socket.remoteAddress, 0) === true;
  const given = req.get('X-Request-Id');
  const id = fromProxy && given !== undefined && /^[\w-]{8,64}$/.test(given) ? given : randomUUID();
  res.set('X-Request-Id', id);
  return id;
}

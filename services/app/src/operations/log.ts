// One line of JSON for each request. Headers and bodies are not logged at all, so no cookie or password can be.

import { randomUUID } from 'node:crypto';
import { isNativeError } from 'node:util/types';
import type { Request, RequestHandler, Response } from 'express';
import type { DestinationStream, Logger } from 'pino';
import { pino } from 'pino';
import { pinoHttp } from 'pino-http';
import { ServiceUnavailable } from '../http/errors.ts';

/** A second line of defence: if somebody logs a request or a body one day, these are left out. */
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

/**
 * Logs each request when it has been answered, and gives it an id that is sent back as X-Request-Id.
 * @param sessionTagOf what tells the request's session apart from others in the log; must not be its id
 */
export function logRequests(log: Logger, sessionTagOf: (req: Request) => string | undefined): RequestHandler {
  const fieldsOf = (req: Request, res: Response) => requestFields(req, res, sessionTagOf(req));
  return pinoHttp<Request, Response>({
    logger: log,
    genReqId: takeRequestId,
    quietReqLogger: true,
    quietResLogger: true,
    customAttributeKeys: { reqId: 'requestId', responseTime: 'ms' },
    wrapSerializers: false,
    serializers: {
      err: pino.stdSerializers.err,
      // pino-http makes a child logger for each request, with the whole request as a field, which pino turns into text
      // at once, even if nobody logs with it. Measured: a third of the CPU time of a small response.
      req: () => undefined,
    },
    customLogLevel: (req, res) => {
      if (res.statusCode === 503) return 'warn';
      if (res.statusCode >= 500) return 'error';
      return isProbe(req) ? 'debug' : 'info';
    },
    customSuccessMessage: (_req, res) => (res.writableFinished ? 'answered' : 'client went away'),
    customErrorMessage: () => 'failed',
    customSuccessObject: (req, res, { ms }) => ({ ...fieldsOf(req, res), ms }),
    customErrorObject: (req, res, err, { ms }) => ({ ...fieldsOf(req, res), ms, ...errorFields(err) }),
  });
}

function requestFields(req: Request, res: Response, session: string | undefined) {
  return {
    method: req.method,
    // Without the query: whatever a client puts there, such as a token, must not be kept.
    path: req.originalUrl.split('?', 1)[0],
    status: res.statusCode,
    client: req.ip,
    ...(session !== undefined && { session }),
  };
}

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

const isProbe = (req: Request) => req.originalUrl === '/livez' || req.originalUrl === '/readyz';

/** X-Request-Id is taken over from the proxy, which overwrites what clients send, and is made here otherwise. */
function takeRequestId(req: Request, res: Response): string {
  const trusts: unknown = req.app.get('trust proxy fn');
  const fromProxy = typeof trusts === 'function' && trusts(req.socket.remoteAddress, 0) === true;
  const given = req.get('X-Request-Id');
  const id = fromProxy && given !== undefined && /^[\w-]{8,64}$/.test(given) ? given : randomUUID();
  res.set('X-Request-Id', id);
  return id;
}

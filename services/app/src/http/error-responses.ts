// The responses to requests that failed or that no route took: one JSON form for all of them, without stack traces.

import { isNativeError } from 'node:util/types';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import type { FieldProblem } from './errors.ts';
import { ClientError, ServiceUnavailable } from './errors.ts';

/** `fail`: the request was wrong. `error`: the server failed. (The JSend convention.) */
export interface FailureBody {
  readonly status: 'fail' | 'error';
  readonly message: string;
  readonly fields?: readonly FieldProblem[];
  /** For programs, where one status has several reasons. */
  readonly reason?: string;
}

/** The JSON body of a response with this status. */
export function errorBody(
  status: number,
  message: string,
  fields: readonly FieldProblem[] = [],
): FailureBody {
  return { status: status < 500 ? 'fail' : 'error', message, ...(fields.length > 0 && { fields }) };
}

/** 404 for whatever no route took. */
export const handleNotFound: RequestHandler = (_req, res) => {
  res.status(404).json(errorBody(404, 'There is nothing at this address.'));
};

/** For a route's remaining methods: 405 with what is allowed, and OPTIONS answered. */
export function allowMethods(...methods: string[]): RequestHandler {
  const allow = methods.join(', ');
  return (req, res) => {
    res.set('Allow', allow);
    if (req.method === 'OPTIONS') res.status(204).end();
    else res.status(405).json(errorBody(405, `This address answers ${allow}.`));
  };
}

/** Messages for errors of body-parser, by their `type`. */
const clientErrors: Readonly<Record<string, string>> = {
  'entity.parse.failed': 'The body is not valid JSON.',
  'entity.too.large': 'The body is too large.',
  'encoding.unsupported': 'Send the body without compression.',
  'charset.unsupported': 'Send the body as UTF-8.',
};

/** Turns every error into a response. Only errors that nobody expected are logged with their stack and answered with 500. */
export const handleErrors: ErrorRequestHandler = (error: unknown, req, res, next) => {
  // The response is already being sent: it can only be cut off, which Express does.
  if (res.headersSent) return next(error);

  if (error instanceof ClientError) {
    res.set(error.headers);
    const { status, message, fields, reason } = error;
    res.status(status).json({ ...errorBody(status, message, fields), ...(reason && { reason }) });
    return;
  }
  if (error instanceof ServiceUnavailable) {
    forgetSession(req);
    markFailed(res, error);
    res.set('Retry-After', String(error.retryAfterSeconds));
    res.status(503).json(errorBody(503, `${error.message} Try again in a moment.`));
    return;
  }
  const { status, type } = statusAndType(error);
  if (status >= 400 && status < 500) {
    res.status(status).json(errorBody(status, clientErrors[type] ?? 'The request is not well formed.'));
    return;
  }
  forgetSession(req);
  markFailed(res, error);
  res.status(500).json(errorBody(500, 'Something went wrong on our side. It has been logged.'));
};

/**
 * Keeps express-session from storing the session and from sending a cookie at the end of a request that failed. It does
 * neither when the request has no session.
 */
export function forgetSession(req: object): void {
  Reflect.deleteProperty(req, 'session');
}

/** Hands the error to request-log.ts, which logs it in the request's one line. */
function markFailed(res: Response, error: unknown): void {
  res.err = isNativeError(error)
    ? error
    : new Error('something other than an error was thrown', { cause: error });
}

function statusAndType(error: unknown): { status: number; type: string } {
  if (typeof error !== 'object' || error === null) return { status: 500, type: '' };
  const status = 'status' in error && typeof error.status === 'number' ? error.status : 500;
  const type = 'type' in error && typeof error.type === 'string' ? error.type : '';
  return { status, type };
}

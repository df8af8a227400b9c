// What an instance tells Prometheus. All of it is seen from outside, in requests and their answers, so that no other
// part has to know that anybody counts.

import type { Request, RequestHandler, Response } from 'express';
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

export interface Metrics {
  /** Comes before everything that answers. */
  readonly observe: RequestHandler;
  /** All figures in Prometheus' text format, and its Content-Type. */
  read(): Promise<{ readonly type: string; readonly text: string }>;
}

/** @param sessionCookie the name of the cookie that carries a session's id */
export function countRequests(instanceName: string, sessionCookie: string): Metrics {
  const registry = new Registry();
  // Prometheus calls its target's address `instance`. This is the name that clients see in X-Served-By.
  registry.setDefaultLabels({ served_by: instanceName });
  // Event-loop lag, heap, processor time, open connections.
  collectDefaultMetrics({ register: registry });
  const registers = [registry];

  const seconds = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'From the head of a request to the last byte of its answer',
    labelNames: ['method', 'route', 'status'],
    // A read from the store takes one or two milliseconds, a password hash of 12 rounds some hundred.
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers,
  });
  const created = new Counter({
    name: 'sessions_created_total',
    help: 'Answers that gave the client a session id that it did not come with',
    registers,
  });
  const rejected = new Counter({
    name: 'sessions_rejected_total',
    help: 'Requests with a session cookie that were answered with 401: whoever sent it has been logged out',
    registers,
  });
  const logins = new Counter({
    name: 'logins_total',
    help: 'Logins by outcome: ok, refused (wrong name or password), unavailable (a part was away or overloaded)',
    labelNames: ['outcome'],
    registers,
  });
  // A counter that is not there until something happens has no rate of zero.
  for (const outcome of ['ok', 'refused', 'unavailable']) logins.inc({ outcome }, 0);

  const count = (req: Request, res: Response) => {
    const had = cookieIn(req.headers.cookie ?? '', sessionCookie);
    const gets = [res.getHeader('Set-Cookie') ?? []]
      .flat()
      .map((header) => cookieIn(String(header), sessionCookie))
      .find((value) => value !== undefined && value !== '');
    if (gets !== undefined && gets !== had) created.inc();

    const route = routeOf(req);
    if (route.endsWith('/login') && req.method === 'POST') {
      if (res.statusCode < 300) logins.inc({ outcome: 'ok' });
      else if (res.statusCode === 401) logins.inc({ outcome: 'refused' });
      else if (res.statusCode >= 500) logins.inc({ outcome: 'unavailable' });
    } else if (res.statusCode === 401 && had !== undefined) {
      rejected.inc();
    }
  };

  return {
    observe: (req, res, next) => {
      const stop = seconds.startTimer();
      res.once('finish', () => {
        stop({ method: req.method, route: routeOf(req), status: res.statusCode });
        count(req, res);
      });
      next();
    },
    read: async () => ({ type: registry.contentType, text: await registry.metrics() }),
  };
}

/**
 * The route's pattern and never the path: with paths, everybody could make up new time series without end. What the
 * router is mounted at is the path's beginning; `req.baseUrl` has forgotten it when an error was answered.
 */
function routeOf(req: Request): string {
  const path: unknown = req.route?.path;
  if (typeof path !== 'string') return 'none';
  const asked = segments(req.originalUrl.split('?', 1)[0] ?? '');
  const own = segments(path);
  // Express matches whatever the case.
  const mountedAt = asked.slice(0, Math.max(asked.length - own.length, 0)).map((part) => part.toLowerCase());
  return `/${[...mountedAt, ...own].join('/')}`;
}

function segments(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

/** The value of a cookie in a Cookie or a Set-Cookie header, as it is written there. */
function cookieIn(header: string, name: string): string | undefined {
  for (const part of header.split(';')) {
    const [key, value] = part.split('=', 2);
    if (key?.trim() === name) return value?.trim();
  }
  return undefined;
}

// The metrics of an instance, for Prometheus. Most are taken from requests and their responses, so that no other code has
// to count anything.

import type { Request, RequestHandler, Response } from 'express';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  /** Middleware that counts requests. Has to run before every route. */
  readonly observe: RequestHandler;
  /** All metrics in Prometheus' text format, and its Content-Type. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** What a request and its response do not tell. */
export interface Figures {
  /** How full Redis is; `undefined` where no limit is known. */
  readonly memoryRatio: () => number | undefined;
  /** How many sessions of guests were refused, by the reason. */
  readonly guestsRefused: Readonly<Record<string, number>>;
}

/** @param sessionCookie the name of the cookie that carries a session's id */
export function countRequests(instanceName: string, sessionCookie: string, figures: Figures): Metrics {
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
    help: 'Logins by outcome: ok, refused (wrong name or password), throttled (too many of these), unavailable (a dependency was down or overloaded)',
    labelNames: ['outcome'],
    registers,
  });
  // Without this, a series does not exist before its first event, and Prometheus shows no rate where it should show 0.
  for (const outcome of ['ok', 'refused', 'throttled', 'unavailable']) logins.inc({ outcome }, 0);

  new Gauge({
    name: 'session_store_memory_ratio',
    help: "The used share of Redis' maxmemory. At 1 nobody can log in. Absent where Redis has no limit",
    registers,
    collect() {
      const ratio = figures.memoryRatio();
      this.reset();
      // Without a value the gauge would say 0.
      if (ratio === undefined) this.remove();
      else this.set(ratio);
    },
  });
  new Counter({
    name: 'guest_sessions_refused_total',
    help: 'Sessions of guests that were not begun: throttled (too many of one address), memory (too little is left)',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const [reason, refused] of Object.entries(figures.guestsRefused)) this.inc({ reason }, refused);
    },
  });

  const count = (req: Request, res: Response) => {
    const received = cookieIn(req.headers.cookie ?? '', sessionCookie);
    const sent = [res.getHeader('Set-Cookie') ?? []]
      .flat()
      .map((header) => cookieIn(String(header), sessionCookie))
      .find((value) => value !== undefined && value !== '');
    if (sent !== undefined && sent !== received) created.inc();

    const route = routeOf(req);
    if (route.endsWith('/login') && req.method === 'POST') {
      if (res.statusCode < 300) logins.inc({ outcome: 'ok' });
      else if (res.statusCode === 401) logins.inc({ outcome: 'refused' });
      else if (res.statusCode === 429) logins.inc({ outcome: 'throttled' });
      else if (res.statusCode >= 500) logins.inc({ outcome: 'unavailable' });
    } else if (res.statusCode === 401 && received !== undefined) {
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
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

/**
 * The route's pattern and never the path: with paths, any client could create new time series without end. Where the
 * router is mounted is read from the beginning of the path, because Express has reset `req.baseUrl` when the response is
 * that of an error.
 */
function routeOf(req: Request): string {
  const path: unknown = req.route?.path;
  if (typeof path !== 'string') return 'none';
  const requested = segments(req.originalUrl.split('?', 1)[0] ?? '');
  const own = segments(path);
  // Express matches paths without regard to case.
  const mountedAt = requested
    .slice(0, Math.max(requested.length - own.length, 0))
    .map((part) => part.toLowerCase());
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

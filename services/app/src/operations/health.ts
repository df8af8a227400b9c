// Liveness says that this process works, readiness that it may get traffic. They are two questions: if a dead Redis made
// liveness fail, an orchestrator would restart every instance, again and again, which repairs nothing.

import type { IncomingMessage } from 'node:http';
import type { Request, Response } from 'express';
import { Router } from 'express';
import pTimeout from 'p-timeout';
import type { Logger } from 'pino';
import { allowMethods } from '../http/error-responses.ts';

/** Asks a dependency that must answer before an instance may get traffic. Rejects, or never settles, when it does not. */
export type ReadinessCheck = () => Promise<unknown>;
/** By the dependency's name in the response of /readyz. */
export type ReadinessChecks = Readonly<Record<string, ReadinessCheck>>;

/** How long the dependencies have to answer. They are asked at the same time. */
const deadlineMs = 1000;

export interface HealthOptions {
  readonly checks: ReadinessChecks;
  /** What a dependency that answers has too little of, by its name. Such as `{ redis: 'full' }`. */
  readonly shortages: () => Readonly<Record<string, string>>;
  readonly isDraining: () => boolean;
  readonly log: Logger;
}

/**
 * GET /livez, which does no I/O, and GET /readyz, which asks every dependency. Neither touches a session.
 *
 * With a shortage the status stays 200 and the body says `degraded`: everybody who is logged in is served. All instances
 * have the same shortage at the same time, so 503 would take them all out of rotation, and "nobody can log in" would become
 * "nobody can do anything".
 */
export function healthRoutes({ checks, shortages, isDraining, log }: HealthOptions): Router {
  const logFailure = whenItBegins(log);
  const runChecks = shareWhilePending(() => runAll(checks, logFailure));
  const router = Router();
  router
    .route('/livez')
    .get((_req, res) => {
      res.json({ status: 'success' });
    })
    .all(allowMethods('GET', 'HEAD'));
  router
    .route('/readyz')
    .get(async (_req: Request, res: Response) => {
      if (isDraining()) {
        // At once, whatever the dependencies do: the sooner whoever asks knows it, the sooner no requests come.
        res.status(503).json({ status: 'error', message: 'draining' });
        return;
      }
      const results = await runChecks();
      const isReady = Object.values(results).every((result) => result === 'ok');
      const short = Object.entries(shortages()).filter(([name]) => results[name] === 'ok');
      const status = short.length > 0 ? 'degraded' : 'success';
      res.status(isReady ? 200 : 503).json({
        status: isReady ? status : 'error',
        checks: { ...results, ...Object.fromEntries(short) },
      });
    })
    .all(allowMethods('GET', 'HEAD'));
  return router;
}

/** Whether a request is for one of the two. They come from the orchestrator, not through the proxy. */
export function isProbe({ url = '' }: Pick<IncomingMessage, 'url'>): boolean {
  return url === '/livez' || url === '/readyz';
}

async function runAll(checks: ReadinessChecks, logFailure: LogFailure): Promise<Record<string, string>> {
  const results = Object.entries(checks).map(async ([name, check]) => {
    const result = await pTimeout(check(), { milliseconds: deadlineMs }).then(
      () => {
        logFailure(name, undefined);
        return 'ok';
      },
      // Addresses and versions of the dependencies go to the log, not into a response that anybody can ask for.
      (err: unknown) => {
        logFailure(name, err);
        return isTimeout(err) ? 'no answer in time' : 'failed';
      },
    );
    return [name, result] as const;
  });
  return Object.fromEntries(await Promise.all(results));
}

type LogFailure = (dependency: string, error: unknown) => void;

/** Readiness is asked for twice a second: what fails is logged when that begins, and when it is over. */
function whenItBegins(log: Logger): LogFailure {
  const failing = new Set<string>();
  return (dependency, err) => {
    if (err === undefined) {
      if (failing.delete(dependency)) log.info({ dependency }, 'answers again');
    } else if (!failing.has(dependency)) {
      failing.add(dependency);
      log.warn({ err, dependency }, 'not ready');
    }
  };
}

/** By the name that AbortSignal.timeout and p-timeout give it. The session store's own timeout is its error's cause. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || isTimeout(error.cause));
}

/** Calls that come while one is running get that one's result, so that many probes cost no more than one. */
function shareWhilePending<T>(run: () => Promise<T>): () => Promise<T> {
  let pending: Promise<T> | undefined;
  return () => {
    pending ??= run().finally(() => {
      pending = undefined;
    });
    return pending;
  };
}

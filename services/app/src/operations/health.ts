// Liveness says that this process works, readiness that it may get traffic. They are two questions: if a dead Redis made
// liveness fail, an orchestrator would restart every instance, again and again, which repairs nothing.

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

/** GET /livez, which does no I/O, and GET /readyz, which asks every dependency. Neither touches a session. */
export function healthRoutes(checks: ReadinessChecks, isDraining: () => boolean, log: Logger): Router {
  const runChecks = shareWhilePending(() => runAll(checks, log));
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
      const results = await runChecks();
      const isReady = !isDraining() && Object.values(results).every((result) => result === 'ok');
      const draining = isDraining() && { message: 'draining' };
      res
        .status(isReady ? 200 : 503)
        .json({ status: isReady ? 'success' : 'error', ...draining, checks: results });
    })
    .all(allowMethods('GET', 'HEAD'));
  return router;
}

async function runAll(checks: ReadinessChecks, log: Logger): Promise<Record<string, string>> {
  const results = Object.entries(checks).map(async ([name, check]) => {
    const result = await pTimeout(check(), { milliseconds: deadlineMs }).then(
      () => 'ok',
      // Addresses and versions of the dependencies go to the log, not into a response that anybody can ask for.
      (err: unknown) => {
        log.warn({ err, dependency: name }, 'not ready');
        return isTimeout(err) ? 'no answer in time' : 'failed';
      },
    );
    return [name, result] as const;
  });
  return Object.fromEntries(await Promise.all(results));
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

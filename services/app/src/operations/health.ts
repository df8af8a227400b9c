// Liveness says that this process works, readiness that it may get traffic. They are two questions: were a dead Redis
// to fail liveness, an orchestrator would restart every instance, again and again, which heals nothing.

import type { Request, Response } from 'express';
import { Router } from 'express';
import pTimeout from 'p-timeout';
import type { Logger } from 'pino';
import { allowMethods } from '../http/error-responses.ts';

/** A part that must answer before an instance may get traffic. Rejects, or never settles, when it does not. */
export type Check = () => Promise<unknown>;
/** By the name under which /readyz tells of them. */
export type Checks = Readonly<Record<string, Check>>;

/** How long the parts have to answer, all at once. */
const deadlineMs = 1000;

/** GET /livez, which does no I/O, and GET /readyz, which asks every part. Neither ever touches a session. */
export function healthRoutes(checks: Checks, isDraining: () => boolean, log: Logger): Router {
  const askAll = shared(() => askEach(checks, log));
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
      const answers = await askAll();
      const isReady = !isDraining() && Object.values(answers).every((answer) => answer === 'ok');
      const draining = isDraining() && { message: 'draining' };
      res
        .status(isReady ? 200 : 503)
        .json({ status: isReady ? 'success' : 'error', ...draining, checks: answers });
    })
    .all(allowMethods('GET', 'HEAD'));
  return router;
}

async function askEach(checks: Checks, log: Logger): Promise<Record<string, string>> {
  const answers = Object.entries(checks).map(async ([name, check]) => {
    const answer = await pTimeout(check(), { milliseconds: deadlineMs }).then(
      () => 'ok',
      // Addresses and versions of the parts are in the log, not in an answer that anybody can ask for.
      (err: unknown) => {
        log.warn({ err, part: name }, 'not ready');
        return isTimeout(err) ? 'no answer in time' : 'failed';
      },
    );
    return [name, answer] as const;
  });
  return Object.fromEntries(await Promise.all(answers));
}

/** By its name, as AbortSignal.timeout and p-timeout call it. The store's own, with a shorter deadline, is a cause. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || isTimeout(error.cause));
}

/** Whoever asks while an answer is being found gets the same one, so that many probes cost no more than one. */
function shared<T>(ask: () => Promise<T>): () => Promise<T> {
  let pending: Promise<T> | undefined;
  return () => {
    pending ??= ask().finally(() => {
      pending = undefined;
    });
    return pending;
  };
}

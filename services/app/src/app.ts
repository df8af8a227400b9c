// Everything that happens to a request, in the order in which it happens.

import type { Express } from 'express';
import express, { Router } from 'express';
import type { Store } from 'express-session';
import type { Logger } from 'pino';
import { accountRoutes } from './accounts/account-routes.ts';
import type { PasswordHasher } from './accounts/password-hash.ts';
import { profileRoutes } from './accounts/profile-routes.ts';
import type { Users } from './accounts/users.ts';
import { cartRoutes } from './cart/cart-routes.ts';
import type { Config } from './config.ts';
import { handleErrors, handleNotFound } from './http/error-responses.ts';
import { nameInstance, protectAnswers, refuseCrossSite, requireHost } from './http/headers.ts';
import { parseJsonBody } from './http/json-body.ts';
import type { Checks } from './operations/health.ts';
import { healthRoutes } from './operations/health.ts';
import { logRequests } from './operations/log.ts';
import type { Metrics } from './operations/metrics.ts';
import { sessionCookie } from './sessions/cookie.ts';
import { endOverAged, requireHttps } from './sessions/guard.ts';
import { loadSession } from './sessions/session-middleware.ts';

export interface AppParts {
  readonly config: Pick<Config, 'instanceName' | 'trustProxy' | 'nodeEnv' | 'session'>;
  readonly store: Store;
  readonly users: Users;
  readonly hasher: PasswordHasher;
  /** What /readyz asks. */
  readonly checks: Checks;
  readonly sessionsReady: () => Promise<unknown>;
  readonly isDraining: () => boolean;
  readonly log: Logger;
  /** Counts requests, where somebody wants the figures. */
  readonly metrics?: Metrics | undefined;
  /** Milliseconds since 1970. Default: Date.now */
  readonly now?: () => number;
}

/** The app, not listening yet. Opens nothing and reads no environment: its parts are handed in. */
export function buildApp(parts: AppParts): Express {
  const {
    config,
    store,
    users,
    hasher,
    checks,
    sessionsReady,
    isDraining,
    log,
    metrics,
    now = Date.now,
  } = parts;
  const { secrets, idleMs, absoluteMs } = config.session;
  const cookie = sessionCookie(config.session);

  const app = express();
  app.set('env', config.nodeEnv);
  app.set('trust proxy', [...config.trustProxy]); // Believe only the proxy that the client came over HTTPS, and who it is.
  app.disable('x-powered-by');
  app.disable('etag'); // Answers are not kept, so there is nothing to compare.

  if (metrics) app.use(metrics.observe);

  // First what every answer needs, also one that fails in the next line.
  app.use(nameInstance(config.instanceName), logRequests(log), protectAnswers);

  // Before the sessions: a probe must not depend on the store that it asks about, nor leave sessions behind.
  app.use(healthRoutes(checks, isDraining, log));

  // What can be refused without the store costs it nothing.
  app.use(requireHost, refuseCrossSite, parseJsonBody);

  const api = Router();
  api.use(requireHttps(cookie));
  api.use(loadSession({ store, cookie, secrets, idleMs }));
  // Above the check of the session's age: they end the old session whatever its age.
  api.use(accountRoutes({ users, hasher, cookie, sessionsReady, now }));
  api.use(endOverAged(absoluteMs, cookie, now));
  api.use(profileRoutes(), cartRoutes(now));
  app.use('/api/v1', api);

  app.use(handleNotFound);
  app.use(handleErrors);
  return app;
}

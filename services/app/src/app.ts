// The app: all middleware and routes, in the order in which a request passes them.

import type { Express } from 'express';
import express, { Router } from 'express';
import type { Store } from 'express-session';
import type { Logger } from 'pino';
import { accountRoutes } from './accounts/account-routes.ts';
import type { PasswordHasher } from './accounts/password-hash.ts';
import { profileRoutes } from './accounts/profile-routes.ts';
import type { Users } from './accounts/users.ts';
import { cartKeys } from './cart/cart-keys.ts';
import { cartRoutes } from './cart/cart-routes.ts';
import type { Config } from './config.ts';
import { handleErrors, handleNotFound } from './http/error-responses.ts';
import { nameInstance, refuseCrossSite, requireHost, setSecurityHeaders } from './http/headers.ts';
import { parseJsonBody } from './http/json-body.ts';
import type { ReadinessChecks } from './operations/health.ts';
import { healthRoutes } from './operations/health.ts';
import { logRequests } from './operations/log.ts';
import type { Metrics } from './operations/metrics.ts';
import { sessionCookie } from './sessions/cookie.ts';
import { enforceAbsoluteTimeout, requireHttps } from './sessions/guard.ts';
import { loadSession } from './sessions/session-middleware.ts';
import { tagOfRequest } from './sessions/session-tag.ts';

export interface AppDependencies {
  readonly config: Pick<Config, 'instanceName' | 'trustProxy' | 'nodeEnv' | 'session'>;
  readonly store: Store;
  readonly users: Users;
  readonly hasher: PasswordHasher;
  /** For /readyz. */
  readonly checks: ReadinessChecks;
  /** Rejects when a session could not be stored now. */
  readonly sessionsReady: () => Promise<unknown>;
  readonly isDraining: () => boolean;
  readonly log: Logger;
  /** Counts requests. Absent where METRICS_PORT is not set. */
  readonly metrics?: Metrics | undefined;
  /** Milliseconds since 1970. Default: Date.now */
  readonly now?: () => number;
}

/** The app, not listening yet. It opens nothing and reads no environment: all it needs is handed in. */
export function buildApp(dependencies: AppDependencies): Express {
  const { config, store, users, hasher, checks, sessionsReady, isDraining, log, metrics } = dependencies;
  const { now = Date.now } = dependencies;
  const { secrets, idleMs, absoluteMs } = config.session;
  const cookie = sessionCookie(config.session);

  const app = express();
  app.set('env', config.nodeEnv);
  // X-Forwarded-For and X-Forwarded-Proto are believed only if they come from the proxy.
  app.set('trust proxy', [...config.trustProxy]);
  app.disable('x-powered-by');
  app.disable('etag'); // No client caches responses, so none would ever send an ETag back.

  if (metrics) app.use(metrics.observe);

  // First what every response needs, also that of a request which is refused below.
  app.use(nameInstance(config.instanceName), logRequests(log, tagOfRequest), setSecurityHeaders);

  // Before the sessions: a probe must not depend on the store that it asks about, nor create sessions.
  app.use(healthRoutes(checks, isDraining, log));

  // Before the sessions too: a request that can be refused without the store must cost the store nothing.
  app.use(requireHost, refuseCrossSite, parseJsonBody);

  const api = Router();
  api.use(requireHttps(cookie));
  api.use(loadSession({ store, cookie, secrets, idleMs }));
  // Above the absolute timeout: a user whose session is too old has to be able to log in and out.
  api.use(accountRoutes({ users, hasher, cookie, keepAtLogin: cartKeys, sessionsReady, now }));
  api.use(enforceAbsoluteTimeout(absoluteMs, cookie, now));
  api.use(profileRoutes(), cartRoutes(now));
  app.use('/api/v1', api);

  app.use(handleNotFound);
  app.use(handleErrors);
  return app;
}

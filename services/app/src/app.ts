// The app: all middleware and routes, in the order in which a request passes them.

import type { Express } from 'express';
import express, { Router } from 'express';
import type { Store } from 'express-session';
import type { Logger } from 'pino';
import type { AccountChanges } from './accounts/account-changes.ts';
import type { AccountDependencies } from './accounts/account-dependencies.ts';
import { accountRoutes } from './accounts/account-routes.ts';
import type { IsCommonPassword } from './accounts/common-passwords.ts';
import type { PasswordHasher } from './accounts/password-hash.ts';
import { passwordRoutes } from './accounts/password-routes.ts';
import { profileRoutes } from './accounts/profile-routes.ts';
import { enforceSessionEpochs } from './accounts/session-epoch-guard.ts';
import type { SessionEpochs } from './accounts/session-epochs.ts';
import { sessionRoutes } from './accounts/session-routes.ts';
import type { Users } from './accounts/users.ts';
import { cartKeys } from './cart/cart-keys.ts';
import { cartRoutes } from './cart/cart-routes.ts';
import type { Config } from './config.ts';
import type { GuestSessions } from './guests/guest-sessions.ts';
import { handleErrors, handleNotFound } from './http/error-responses.ts';
import { setFixedHeaders } from './http/headers.ts';
import { answerInJson } from './http/json-answers.ts';
import { parseJsonBody } from './http/json-body.ts';
import { refuseCrossSite, requireHost } from './http/refused-requests.ts';
import type { ReadinessChecks } from './operations/health.ts';
import { healthRoutes } from './operations/health.ts';

import type { Metrics } from './operations/metrics.ts';
import { logRequests } from './operations/request-log.ts';
import { remembered } from './remembered.ts';
import { sessionCookie } from './sessions/cookie.ts';
import { enforceAbsoluteTimeout, requireHttps } from './sessions/guard.ts';
import { loadSession } from './sessions/session-middleware.ts';
import { sessionTagger, tagOfRequest } from './sessions/session-tag.ts';
import type { UserSessions } from './sessions/user-sessions.ts';
import type { Throttles } from './throttling/throttles.ts';

export interface AppDependencies {
  readonly config: Pick<
    Config,
    'instanceName' | 'trustProxy' | 'allowedHosts' | 'nodeEnv' | 'session' | 'passwordMinLength' | 'guests'
  >;
  readonly store: Store;
  /** Whether the store itself ends a session that is not used. */
  readonly storeEndsIdle: boolean;
  /** Absent where the strategy cannot find a user's sessions. */
  readonly userSessions: UserSessions | undefined;
  readonly users: Users;
  readonly changes: AccountChanges;
  /** Whose sessions have ended according to Postgres. */
  readonly epochs: Pick<SessionEpochs, 'isEnded'>;
  readonly hasher: PasswordHasher;
  readonly throttles: Throttles;
  readonly isCommonPassword: IsCommonPassword;
  readonly guests: GuestSessions;
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
  const {
    config,
    store,
    storeEndsIdle,
    epochs,
    guests,
    checks,
    isDraining,
    log,
    metrics,
    now = Date.now,
  } = dependencies;
  const { secrets, idleMs, absoluteMs, keyForm } = config.session;
  const cookie = sessionCookie(config.session);
  // After a rotation of the secret the tags are others. Nothing but a reader of the log compares them.
  const tagOf = sessionTagger(secrets[0] ?? '');
  const accounts: AccountDependencies = {
    ...{ ...dependencies, cookie, tagOf, now, keepAtLogin: cartKeys },
    reauthenticateAfterMs: config.session.reauthenticateAfterMs,
    passwordRules: { minLength: config.passwordMinLength, isCommon: dependencies.isCommonPassword },
  };

  const app = express();
  app.set('env', config.nodeEnv);
  // X-Forwarded-For and X-Forwarded-Proto are believed only if they come from the proxy.
  app.set('trust proxy', [...config.trustProxy]);
  // Remembered, because each request asks several times, about the same few proxies.
  app.set('trust proxy', remembered(100, app.get('trust proxy fn')));
  app.disable('x-powered-by');
  app.disable('etag'); // No client caches responses, so none would ever send an ETag back.
  answerInJson(app);

  if (metrics) app.use(metrics.observe);

  // First what every response needs, also that of a request which is refused below.
  app.use(
    logRequests(app, log, (req) => tagOfRequest(req, tagOf)),
    setFixedHeaders(config.instanceName),
  );

  // Before the sessions: a probe must not depend on the store that it asks about, nor create sessions.
  app.use(healthRoutes({ checks, shortages: () => guests.shortages, isDraining, log }));

  // Before the sessions too: a request that can be refused without the store must cost the store nothing.
  app.use(requireHost(config.allowedHosts), refuseCrossSite, parseJsonBody);

  const api = Router();
  api.use(requireHttps(cookie));
  api.use(loadSession({ store, storeEndsIdle, cookie, secrets, idleMs, absoluteMs, keyForm }));
  // Above the absolute timeout: a user whose session has ended has to be able to log in and out.
  api.use(accountRoutes(accounts));
  api.use(enforceAbsoluteTimeout(absoluteMs, cookie, now), enforceSessionEpochs(epochs, cookie, tagOf));
  api.use(
    profileRoutes(),
    passwordRoutes(accounts),
    sessionRoutes(accounts),
    cartRoutes({ guests, guestLines: config.guests.cartLines, now }),
  );
  app.use('/api/v1', api);

  app.use(handleNotFound);
  app.use(handleErrors);
  return app;
}

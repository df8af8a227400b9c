// One instance of the app: opens its connections, listens, and drains.

import { once } from 'node:events';
import pTimeout from 'p-timeout';
import type { Logger } from 'pino';
import { openDatabase } from './accounts/database.ts';
import { openPasswordHasher } from './accounts/password-hash.ts';
import { usersIn } from './accounts/users.ts';
import { buildApp } from './app.ts';
import { cartKeys } from './cart/cart-keys.ts';
import type { Config } from './config.ts';
import { createHttpServer } from './http/server.ts';
import { Drain } from './operations/draining.ts';
import type { Metrics } from './operations/metrics.ts';
import { serveMetrics } from './operations/metrics-server.ts';
import { waitForDependencies } from './operations/wait-for-dependencies.ts';
import { sessionCookie } from './sessions/cookie.ts';
import { openSessionStore } from './sessions/store-by-strategy.ts';

export interface Instance {
  readonly port: number;
  /** Drains (see operations/draining.ts) and closes everything that was opened, inside the configured deadline. */
  drain(): Promise<void>;
}

/**
 * Resolves when it accepts requests. Redis and Postgres may be down: it waits for them for a short time (STARTUP_WAIT_MS),
 * and then /readyz says when they answer.
 */
export async function startInstance(config: Config, log: Logger): Promise<Instance> {
  const sessions = openSessionStore(config.session, cartKeys, log);
  const database = openDatabase(config.database, log);
  const users = usersIn(database);
  const hasher = await openPasswordHasher(config.hashing);

  const checks = {
    ...(sessions.ready && { redis: sessions.ready }),
    postgres: () => users.ready(),
  };
  const metrics = config.metricsPort === undefined ? undefined : await openMetrics(config);

  const app = buildApp({
    config,
    store: sessions.store,
    users,
    hasher,
    checks,
    sessionsReady: sessions.ready ?? (async () => {}),
    isDraining: () => drain.isDraining,
    log,
    metrics,
  });
  const server = createHttpServer(app, config.instanceName, log);
  const drain = new Drain(server);
  const { startupWaitMs } = config;
  if (startupWaitMs > 0 && !(await waitForDependencies(Object.values(checks), startupWaitMs))) {
    log.warn('listening without Redis or Postgres');
  }
  const metricsServer =
    metrics && (await serveMetrics(metrics, { host: config.host, port: config.metricsPort ?? 0 }, log));
  server.listen(config.port, config.host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected to listen on a TCP port');

  return {
    port: address.port,
    async drain() {
      // Some of the time is for closing the connections to Redis and Postgres, which are needed until the last response.
      const closingMs = Math.min(1000, config.drain.deadlineMs / 4);
      const deadlineMs = config.drain.deadlineMs - closingMs;
      const { cut } = await drain.finish({ idleMs: config.drain.idleMs, deadlineMs });
      if (cut > 0) log.warn({ connections: cut }, 'cut connections that were not done at the deadline');
      const closing = Promise.all([
        sessions.close(),
        database.end(),
        hasher[Symbol.asyncDispose](),
        metricsServer?.[Symbol.asyncDispose](),
      ]);
      await pTimeout(closing, { milliseconds: closingMs }).catch((error: unknown) =>
        log.warn({ err: error }, 'left connections to Redis and Postgres open'),
      );
    },
  };
}

async function openMetrics(config: Config): Promise<Metrics> {
  // Imported only when needed: prom-client takes a MiB of heap.
  const { countRequests } = await import('./operations/metrics.ts');
  return countRequests(config.instanceName, sessionCookie(config.session).name);
}

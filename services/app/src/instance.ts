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
 * @param stop ends the start, which then rejects with the signal's reason. Whenever it rejects, what was opened is closed
 */
export async function startInstance(
  config: Config,
  log: Logger,
  stop: AbortSignal = new AbortController().signal,
): Promise<Instance> {
  const closers: Closer[] = [];
  try {
    return await start(config, log, stop, closers);
  } catch (error) {
    await closeAll(closers, closingMs(config), log);
    throw error;
  }
}

type Closer = () => PromiseLike<unknown>;

/** @param closers how to close what was opened; added to as it is opened */
async function start(config: Config, log: Logger, stop: AbortSignal, closers: Closer[]): Promise<Instance> {
  stop.throwIfAborted();
  const sessions = openSessionStore(config.session, cartKeys, log);
  closers.push(() => sessions.close());
  const database = openDatabase(config.database, log);
  closers.push(() => database.end());
  const users = usersIn(database);
  const hasher = await openPasswordHasher(config.hashing);
  closers.push(() => hasher[Symbol.asyncDispose]());

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
  if (startupWaitMs > 0 && !(await waitForDependencies(Object.values(checks), startupWaitMs, stop))) {
    log.warn('listening without Redis or Postgres');
  }
  if (metrics) {
    const at = { host: config.host, port: config.metricsPort ?? 0 };
    const metricsServer = await serveMetrics(metrics, at, log);
    closers.push(() => metricsServer[Symbol.asyncDispose]());
  }
  stop.throwIfAborted();
  server.listen(config.port, config.host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected to listen on a TCP port');

  return {
    port: address.port,
    async drain() {
      const deadlineMs = config.drain.deadlineMs - closingMs(config);
      const { cut } = await drain.finish({ idleMs: config.drain.idleMs, deadlineMs });
      if (cut > 0) log.warn({ connections: cut }, 'cut connections that were not done at the deadline');
      // Only now: what is in flight needs them until the last response.
      await closeAll(closers, closingMs(config), log);
    },
  };
}

/** The part of the drain's time that is for closing the connections to Redis and Postgres. */
const closingMs = ({ drain }: Config) => Math.min(1000, drain.deadlineMs / 4);

async function closeAll(closers: readonly Closer[], deadlineMs: number, log: Logger): Promise<void> {
  const closing = Promise.all(closers.map((close) => close()));
  await pTimeout(closing, { milliseconds: deadlineMs }).catch((error: unknown) =>
    log.warn({ err: error }, 'left connections to Redis and Postgres open'),
  );
}

async function openMetrics(config: Config): Promise<Metrics> {
  // Imported only when needed: prom-client takes a MiB of heap.
  const { countRequests } = await import('./operations/metrics.ts');
  return countRequests(config.instanceName, sessionCookie(config.session).name);
}

// One instance of the app: opens its connections, listens, and drains.

import { once } from 'node:events';
import pTimeout from 'p-timeout';
import type { Logger } from 'pino';
import { accountChangesIn } from './accounts/account-changes.ts';
import { loadCommonPasswords } from './accounts/common-passwords.ts';
import { openDatabase } from './accounts/database.ts';
import { followUsers } from './accounts/follow-users.ts';
import { openPasswordHasher } from './accounts/password-hash.ts';
import { usersIn } from './accounts/users.ts';
import { buildApp } from './app.ts';
import { checkCart } from './cart/cart.ts';
import { cartKeys } from './cart/cart-keys.ts';
import type { Config } from './config.ts';
import { GuestSessions } from './guests/guest-sessions.ts';
import { watchRedisMemory } from './guests/redis-memory.ts';
import { expressClasses } from './http/express-classes.ts';
import { createHttpServer } from './http/server.ts';
import { Drain } from './operations/draining.ts';
import { isProbe, type ReadinessCheck } from './operations/health.ts';
import { serveMetrics } from './operations/metrics-server.ts';
import { waitForDependencies } from './operations/wait-for-dependencies.ts';
import { afterCheck, checkPeppers } from './secrets/pepper-check.ts';
import { noteSessionSecret } from './secrets/session-secret-check.ts';
import { sessionCookie } from './sessions/cookie.ts';
import { openSessionStore } from './sessions/store-by-strategy.ts';
import type { ConfigError } from './settings/parse-settings.ts';
import { openThrottles } from './throttling/throttles.ts';

export interface Instance {
  readonly port: number;
  /** Resolves when it turns out, after a start without Postgres, that a setting is wrong: see secrets/pepper-check.ts. */
  readonly refused: Promise<ConfigError>;
  /** Drains (see operations/draining.ts) and closes everything that was opened, inside the configured deadline. */
  drain(): Promise<void>;
}

/**
 * Resolves when it accepts requests. Redis and Postgres may be down: it waits for them for a short time (STARTUP_WAIT_MS),
 * and then /readyz says when they answer.
 * @throws {ConfigError} when Redis or Postgres say that a setting is wrong: a password, or the pepper
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
  // First what takes the processor's time: while modules are being read, the deadlines of connections would pass.
  const isCommonPassword = await loadCommonPasswords();
  const countRequests = await metricsModule(config);
  const threads = await openPasswordHasher(config.hashing);
  closers.push(() => threads[Symbol.asyncDispose]());

  const sessions = openSessionStore(
    config.session,
    { ...cartKeys, checkMerged: (session) => checkCart(session, config.guests.cartLines) },
    log,
  );
  closers.push(() => sessions.close());
  const database = openDatabase(config.database, log);
  closers.push(() => database.end());
  const users = usersIn(database);
  const peppers = checkPeppers(database, config.hashing.peppers);
  const hasher = afterCheck(peppers, threads);
  const checks = {
    ...(sessions.ready && { redis: sessions.ready }),
    postgres: () => users.ready().then(peppers.passed),
  };
  const untilMs = performance.now() + config.startupWaitMs;
  const answer = async (...waitedFor: ReadinessCheck[]) =>
    config.startupWaitMs > 0 && (await waitForDependencies(waitedFor, untilMs - performance.now(), stop));
  // Before anything else asks them: what is wrong with their settings is said once, by what is thrown here.
  let doAnswer = await answer(...Object.values(checks));
  if (doAnswer && sessions.ready) {
    const noting = noteSessionSecret(database, config.session.secrets, log);
    await noting.catch((err: unknown) =>
      log.warn({ err }, 'cannot check whether SESSION_SECRET has changed'),
    );
  }

  const changes = accountChangesIn(database);
  const { epochs, ...following } = followUsers({ database, changes, hasher, config: config.session, log });
  closers.push(() => following[Symbol.asyncDispose]());
  const throttles = openThrottles({
    limits: config.throttles,
    redis: sessions.redis,
    scripts: config.session.store.scripts,
    secret: config.session.secrets[0] ?? '',
    // Up to four commands, one after the other.
    deadlineMs: 2 * config.session.store.deadlineMs,
  });
  const memory = sessions.redis && watchRedisMemory(sessions.redis, log);
  closers.push(async () => memory?.[Symbol.dispose]());
  const memoryRatio = () => memory?.ratio();
  const cookieIdleMs = sessions.endsIdleSessions ? undefined : config.guests.idleMs;
  const guests = new GuestSessions({ ...config.guests, cookieIdleMs, throttles, memoryRatio, now: Date.now });
  const metrics = countRequests?.(config.instanceName, sessionCookie(config.session).name, {
    memoryRatio,
    guestsRefused: guests.refused,
  });

  const app = buildApp({
    config,
    store: sessions.store,
    storeEndsIdle: sessions.endsIdleSessions,
    userSessions: sessions.userSessions,
    ...{ users, changes, epochs, hasher, throttles, guests, isCommonPassword, checks },
    sessionsReady: sessions.ready ?? (async () => {}),
    isDraining: () => drain.isDraining,
    log,
    metrics,
  });
  const server = createHttpServer(app, config.instanceName, log, expressClasses(app));
  const drain = new Drain(server, isProbe);
  doAnswer &&= await answer(() => epochs.firstRead);
  if (config.startupWaitMs > 0 && !doAnswer) log.warn('listening without Redis or Postgres');
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
    refused: peppers.refused,
    async drain() {
      const deadlineMs = config.drain.deadlineMs - closingMs(config);
      const { delayMs, idleMs } = config.drain;
      const { cut } = await drain.finish({ delayMs, idleMs, deadlineMs });
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

async function metricsModule({ metricsPort }: Config) {
  // Imported only when needed: prom-client takes a MiB of heap.
  return metricsPort === undefined ? undefined : (await import('./operations/metrics.ts')).countRequests;
}

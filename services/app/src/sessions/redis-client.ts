// node-redis with the settings that a session store needs.

import type { Logger } from 'pino';
import { createClient } from 'redis';

export type RedisClient = ReturnType<typeof connectRedis>;

/** How long one attempt to connect may take, in milliseconds. */
const connectTimeoutMs = 1000;

/**
 * Starts to connect and returns at once: while Redis is away an instance lives on, says so at /readyz, and is well again
 * as soon as Redis is. Commands fail at once as long as there is no connection.
 */
export function connectRedis(url: string, log: Logger) {
  const client = createClient({
    url,
    // With node-redis' queue for bad times a request would wait for Redis to come back, and a write whose request has
    // long been answered with 503 would still be carried out then.
    disableOfflineQueue: true,
    socket: { connectTimeout: connectTimeoutMs, reconnectStrategy: pauseBeforeAttempt },
  });
  // An `error` event that nobody listens to would end the process. One line an outage, not one an attempt.
  let away = false;
  client.on('error', (error: unknown) => {
    if (!away) log.error({ err: error }, 'Redis is away');
    away = true;
  });
  client.on('ready', () => {
    log.info(away ? 'Redis is back' : 'connected to Redis');
    away = false;
  });
  // Rejects only when the client is closed before it ever connected, which is no failure.
  client.connect().catch((error: unknown) => log.debug({ err: error }, 'gave up connecting to Redis'));
  return client;
}

/**
 * Milliseconds to wait: 50, 100, 200, up to 500, each less up to a half by chance, so that a fleet that lost Redis in the
 * same moment does not come back in the same moment.
 */
function pauseBeforeAttempt(retries: number): number {
  const longest = Math.min(50 * 2 ** retries, 500);
  return longest * (0.5 + Math.random() / 2);
}

// Log, metrics, starting and stopping.

import { pino } from 'pino';
import { z } from 'zod';
import { wholeNumber } from './kinds.ts';

const logLevels = [...Object.keys(pino.levels.values), 'silent'];

export const operationSettings = {
  /** The port for Prometheus (GET /metrics), to which the proxy sends no requests. Default: no such port. */
  METRICS_PORT: wholeNumber(1, 65_535).optional(),
  /** The least severe level that is logged. */
  LOG_LEVEL: z.enum(logLevels, logLevels.join(', ')).default('info'),
  /**
   * `json`: one line of JSON each, for programs. `short`: a short line for each request, with the names of its security
   * events, for people who watch a terminal; it does not say who asked.
   */
  LOG_FORMAT: z.enum(['json', 'short'], 'json or short').default('json'),
  /** How long a starting instance waits for Redis and Postgres before it listens without them, in milliseconds. */
  STARTUP_WAIT_MS: wholeNumber(0, 60_000).default(3000),
  /** The longest time from SIGTERM to exit, in milliseconds. Shorter than the container's grace period. */
  DRAIN_DEADLINE_MS: wholeNumber(100, 300_000).default(8000),
  /**
   * After SIGTERM, /readyz says `draining`, and new connections are accepted until no request has come for so long, in
   * milliseconds, but for no longer than half of DRAIN_DEADLINE_MS. Longer than whatever hands on requests needs to learn of
   * it; 0 where an instance is taken off its list before SIGTERM.
   */
  DRAIN_DELAY_MS: wholeNumber(0, 120_000).default(0),
  /** How long idle keep-alive connections stay open after SIGTERM, in milliseconds. Longer than nginx's keepalive_timeout. */
  DRAIN_IDLE_MS: wholeNumber(0, 60_000).default(1500),
};

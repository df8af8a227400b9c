// The settings of an instance, read once from the environment. Each is documented where it is declared.

import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import express from 'express';
import { pino } from 'pino';
import { z } from 'zod';
import { parseRedisAddress } from './redis-address.ts';

const wholeNumber = (min: number, max: number) => {
  const expected = `a whole number, ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d+$/, expected)
    .transform(Number)
    .pipe(z.number().min(min, expected).max(max, expected));
};
const flag = z.enum(['true', 'false'], 'true or false').transform((text) => text === 'true');
const longSecret = z.string('at least 32 characters').min(32, 'at least 32 characters');
const logLevels = [...Object.keys(pino.levels.values), 'silent'];
const redisExample =
  'an address such as redis://user:password@redis:6379, redis-sentinel://user:password@one:26379,two:26379/name or redis-cluster://user:password@one:6379,two:6379';
const postgresExample = 'an address such as postgres://user:password@postgres:5432/app';

/** All settings. docs/settings.md is made from it: `npm run settings`. */
export const settings = z.object({
  /** `production` or `development`. Decides the default of COOKIE_SECURE. */
  NODE_ENV: z.enum(['production', 'development'], 'production or development').default('production'),
  /** The instance's name, sent as X-Served-By. Nothing else tells instances apart. Default: the host's name. */
  INSTANCE_NAME: z
    .string()
    .regex(/^[\w.-]{1,64}$/, '1 to 64 of A-Z a-z 0-9 _ . -')
    .default(() => hostname()),
  /** The address to listen on. */
  HOST: z.string().default('0.0.0.0'),
  /** The port to listen on. 0 takes a free one, which the log line "listening" names. */
  PORT: wholeNumber(0, 65_535).default(3000),

  /**
   * Where sessions live. `redis` is the one for production. `memory` keeps them in the instance. `sticky` is `memory` behind
   * a proxy that sends each client to the same instance again. `connect-redis` is the usual set-up with that package, with
   * all its faults, for comparison.
   */
  SESSION_STRATEGY: z
    .enum(['memory', 'sticky', 'connect-redis', 'redis'], 'memory, sticky, connect-redis or redis')
    .default('redis'),
  /**
   * Signs the cookie; the same on every instance. Several secrets, separated by commas or new lines, allow to replace one
   * without logging anybody out: the first signs, all verify. There is no default, because one that is made at start would
   * differ on each instance.
   */
  SESSION_SECRET: z
    .string('one or several, separated by commas or new lines, each at least 32 characters')
    .transform((text) => text.split(/[,\n]/).map((secret) => secret.trim()))
    .transform((secrets) => secrets.filter((secret) => secret !== ''))
    .pipe(z.array(longSecret).min(1, 'at least one secret')),
  /** Idle timeout: seconds without a request after which a session ends, in the store and as a cookie in the browser. */
  SESSION_IDLE_SECONDS: wholeNumber(1, 31_536_000).default(1800),
  /** Absolute timeout: seconds after login (for a guest, after the first data) when a session ends, used or not. */
  SESSION_ABSOLUTE_SECONDS: wholeNumber(1, 31_536_000).default(43_200),
  /** Send the cookie over HTTPS only, under the name `__Host-sid`. Default: true in production. */
  COOKIE_SECURE: flag.optional(),
  /**
   * The addresses or subnets of the proxy, separated by commas (also `loopback`, `linklocal`, `uniquelocal`). Only from
   * there are headers believed that say who the client is and that it used HTTPS (X-Forwarded-For, X-Forwarded-Proto).
   */
  TRUST_PROXY: z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .refine(isProxyList, 'addresses or subnets separated by commas, or loopback, linklocal, uniquelocal')
    .default(['loopback']),
  /**
   * The address of Redis, required when SESSION_STRATEGY is `redis` or `connect-redis`. One server:
   * `redis://user:password@host:6379`, or `rediss:` with TLS. Only with the strategy `redis` also Sentinel,
   * `redis-sentinel://user:password@host:26379,host:26379/name`, and Cluster,
   * `redis-cluster://user:password@host:6379,host:6379`. Names and passwords are percent-encoded.
   */
  REDIS_URL: z
    .string()
    .transform((text) => parseRedisAddress(text))
    .refine((address) => address !== undefined, redisExample)
    .optional(),
  /**
   * Strategy `redis` only. How long one call to the session store may take, in milliseconds, with all its commands
   * and retries, before the request is answered with 503. The default is a hundred times what Redis needs, and short enough
   * that the 503 comes within 1 s.
   */
  STORE_DEADLINE_MS: wholeNumber(10, 10_000).default(250),
  /**
   * Strategy `redis` only. The share of its idle timeout, in percent, that a session must have used up before a
   * request renews it in the store; 0 renews with each request. A session may end that much earlier: with 10 percent of 30
   * minutes, 27 to 30 minutes after its last request.
   */
  STORE_TOUCH_AFTER_PERCENT: wholeNumber(0, 90).default(10),
  /** Strategy `redis` only. After so many unanswered calls in a row the breaker opens: requests get 503 at once. */
  STORE_BREAKER_CALLS: wholeNumber(1, 1000).default(3),
  /** Strategy `redis` only. The longest time between two trial calls of an open breaker, in milliseconds. */
  STORE_BREAKER_PAUSE_MS: wholeNumber(10, 10_000).default(400),
  /**
   * Strategy `redis` only. How many replicas of Redis must have confirmed a login, a sign-up or a logout before it is
   * answered with success; 0 for none. Redis replicates asynchronously, so without it a failover loses what the last
   * moment wrote. While fewer replicas are there, nobody can log in or out: 503.
   */
  STORE_REPLICAS: wholeNumber(0, 10).default(0),

  /** Key of the HMAC that is applied to a password before bcrypt. Keep it apart from the database, and never change it. */
  PASSWORD_PEPPER: longSecret,
  /** bcrypt's cost. One more doubles the time of a hash. */
  BCRYPT_ROUNDS: wholeNumber(4, 15).default(12),
  /** Worker threads that hash passwords. 0 hashes on the event loop, which delays all other requests: for comparison only. */
  HASH_THREADS: wholeNumber(0, 64).default(1),
  /** How many hashes may wait for a thread. One more is refused with 503. */
  HASH_QUEUE: wholeNumber(0, 100_000).default(64),
  /**
   * How long a hash may wait for a thread before it is refused with 503, in milliseconds. Together with the hash itself it
   * has to stay well below nginx's proxy_read_timeout: a login that times out there counts as a failure of the instance, and
   * after many of them nginx sends nobody there any more (measured: reads got 502 while logins waited for more than 5 s).
   */
  HASH_LONGEST_WAIT_MS: wholeNumber(1, 60_000).default(2000),

  /** Postgres, where the users live. */
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: postgresExample }),
  /** How many connections to Postgres one instance may open. For all instances together, stay below max_connections. */
  DATABASE_POOL_MAX: wholeNumber(1, 100).default(10),

  /** The port for Prometheus (GET /metrics), to which the proxy sends no requests. Default: no such port. */
  METRICS_PORT: wholeNumber(1, 65_535).optional(),

  /** The least severe level that is logged. */
  LOG_LEVEL: z.enum(logLevels, logLevels.join(', ')).default('info'),
  /** How long a starting instance waits for Redis and Postgres before it listens without them, in milliseconds. */
  STARTUP_WAIT_MS: wholeNumber(0, 60_000).default(3000),
  /** The longest time from SIGTERM to exit, in milliseconds. Shorter than the container's grace period. */
  DRAIN_DEADLINE_MS: wholeNumber(100, 300_000).default(8000),
  /** How long idle keep-alive connections stay open after SIGTERM, in milliseconds. Longer than nginx's keepalive_timeout. */
  DRAIN_IDLE_MS: wholeNumber(0, 60_000).default(1500),
});

/** Secrets and addresses, which may be in a file, as container secrets are: NAME_FILE is its path. */
export const fromFiles: readonly string[] = [
  'SESSION_SECRET',
  'PASSWORD_PEPPER',
  'REDIS_URL',
  'DATABASE_URL',
];

/** One or more settings are wrong. `problems` has a line for each, with its name and what was expected, never its value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

export type Config = ReturnType<typeof readConfig>;

/** As process.env. An empty variable counts as not set, as `PORT=` in a compose file means it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads and checks all settings.
 * @throws {ConfigError} with every problem at once
 */
export function readConfig(env: Environment) {
  const { data: all, problems, given } = parseSettings(settings, env);
  const namesRedis =
    given.REDIS_URL !== undefined || problems.some((problem) => problem.startsWith('REDIS_URL:'));
  const strategy = given.SESSION_STRATEGY ?? 'redis';
  if (['redis', 'connect-redis'].includes(strategy) && !namesRedis) {
    problems.push(`REDIS_URL: expected ${redisExample}, since SESSION_STRATEGY is ${strategy}; is not set`);
  }
  if (strategy === 'connect-redis' && all?.REDIS_URL && all.REDIS_URL.kind !== 'standalone') {
    problems.push(
      'REDIS_URL: expected one server (redis: or rediss:), since SESSION_STRATEGY is connect-redis',
    );
  }
  if (all === undefined || problems.length > 0) throw new ConfigError(problems);
  return {
    nodeEnv: all.NODE_ENV,
    instanceName: all.INSTANCE_NAME,
    host: all.HOST,
    port: all.PORT,
    trustProxy: all.TRUST_PROXY,
    logLevel: all.LOG_LEVEL,
    metricsPort: all.METRICS_PORT,
    startupWaitMs: all.STARTUP_WAIT_MS,
    session: {
      strategy: all.SESSION_STRATEGY,
      secrets: all.SESSION_SECRET,
      idleMs: all.SESSION_IDLE_SECONDS * 1000,
      absoluteMs: all.SESSION_ABSOLUTE_SECONDS * 1000,
      cookieSecure: all.COOKIE_SECURE ?? all.NODE_ENV === 'production',
      redis: all.REDIS_URL,
      replicas: all.STORE_REPLICAS,
      store: {
        deadlineMs: all.STORE_DEADLINE_MS,
        touchAfter: all.STORE_TOUCH_AFTER_PERCENT / 100,
        breakerThreshold: all.STORE_BREAKER_CALLS,
        longestPauseMs: all.STORE_BREAKER_PAUSE_MS,
      },
    },
    hashing: {
      pepper: all.PASSWORD_PEPPER,
      rounds: all.BCRYPT_ROUNDS,
      threads: all.HASH_THREADS,
      queue: all.HASH_QUEUE,
      longestWaitMs: all.HASH_LONGEST_WAIT_MS,
    },
    database: { url: all.DATABASE_URL, poolMax: all.DATABASE_POOL_MAX },
    drain: { deadlineMs: all.DRAIN_DEADLINE_MS, idleMs: all.DRAIN_IDLE_MS },
  };
}

/** The only setting that migrations need. @throws {ConfigError} */
export function readDatabaseUrl(env: Environment): string {
  const { data, problems } = parseSettings(settings.pick({ DATABASE_URL: true }), env);
  if (data === undefined || problems.length > 0) throw new ConfigError(problems);
  return data.DATABASE_URL;
}

function parseSettings<S extends z.ZodObject>(schema: S, env: Environment) {
  const problems: string[] = [];
  const given: Record<string, string | undefined> = {};
  for (const name of Object.keys(schema.shape)) {
    given[name] = env[name] || undefined;
    const path = env[`${name}_FILE`];
    if (!path || !fromFiles.includes(name)) continue;
    if (given[name] !== undefined) problems.push(`${name}: set either ${name} or ${name}_FILE, not both`);
    else given[name] = readSettingFile(name, path, problems);
  }
  const { data, error } = schema.safeParse(given);
  const named = new Set(problems.map((problem) => problem.split(':', 1)[0]));
  for (const { path, message } of error?.issues ?? []) {
    const name = String(path[0]);
    if (!named.has(name)) {
      problems.push(`${name}: expected ${message}${given[name] === undefined ? '; is not set' : ''}`);
    }
    named.add(name);
  }
  return { data, problems, given };
}

function readSettingFile(name: string, path: string, problems: string[]): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch {
    problems.push(`${name}: expected ${name}_FILE to be the path of a file that can be read`);
    return undefined;
  }
}

/** Asks Express itself, so that everything that is accepted here is accepted there. */
function isProxyList(list: string[]): boolean {
  try {
    express().set('trust proxy', list);
    return true;
  } catch {
    return false;
  }
}

// The settings of an instance, read once from the environment. The folder settings/ declares and documents each.

import { hostname } from 'node:os';
import type { RedisAddress } from 'merging-redis-store';
import { z } from 'zod';
import { accountSettings } from './settings/account-settings.ts';
import { checkInsecureSettings } from './settings/insecure-settings.ts';
import { instanceSettings } from './settings/instance-settings.ts';
import { redisAddress, redisExample } from './settings/kinds.ts';
import { operationSettings } from './settings/operation-settings.ts';
import { ConfigError, type Environment, parseSettings } from './settings/parse-settings.ts';
import { sessionSettings } from './settings/session-settings.ts';
import { storeSettings } from './settings/store-settings.ts';
import { throttleSettings } from './settings/throttle-settings.ts';

export { ConfigError, type Environment } from './settings/parse-settings.ts';

/** All settings. docs/settings.md is made from it: `npm run settings`. */
export const settings = z.object({
  ...instanceSettings,
  ...sessionSettings,
  ...storeSettings,
  ...accountSettings,
  ...throttleSettings,
  ...operationSettings,
});

/** What prepare-redis.ts reads, and no instance. */
export const preparationSettings = z.object({
  /** The address of Redis as REDIS_URL has it, with a user who may load functions (FUNCTION LOAD). */
  REDIS_ADMIN_URL: redisAddress,
  REDIS_CA_FILE: storeSettings.REDIS_CA_FILE,
});

export type Config = ReturnType<typeof readConfig>;

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
  const insecure = all && checkInsecureSettings(all, all.ALLOW_INSECURE);
  problems.push(...(insecure?.problems ?? []));
  if (all?.REDIS_CA_FILE !== undefined && all.REDIS_URL?.tls === undefined) {
    problems.push(
      'REDIS_CA_FILE: expected a REDIS_URL with TLS (rediss:, rediss-sentinel: or rediss-cluster:)',
    );
  }
  if (all === undefined || problems.length > 0) throw new ConfigError(problems);
  return {
    nodeEnv: all.NODE_ENV,
    /** The insecure settings that ALLOW_INSECURE names and that are in use, in production. */
    insecure: insecure?.inUse ?? [],
    /** Where it is named by Compose, main.ts asks for that name. */
    instanceName: all.INSTANCE_NAME ?? hostname(),
    isNamedByCompose: all.INSTANCE_NAME === undefined && all.INSTANCE_NAME_FROM === 'compose',
    host: all.HOST,
    port: all.PORT,
    trustProxy: all.TRUST_PROXY,
    allowedHosts: all.ALLOWED_HOSTS,
    logLevel: all.LOG_LEVEL,
    logFormat: all.LOG_FORMAT,
    metricsPort: all.METRICS_PORT,
    startupWaitMs: all.STARTUP_WAIT_MS,
    session: {
      strategy: all.SESSION_STRATEGY,
      secrets: all.SESSION_SECRET,
      idleMs: all.SESSION_IDLE_SECONDS * 1000,
      guestIdleMs: all.SESSION_GUEST_IDLE_SECONDS * 1000,
      absoluteMs: all.SESSION_ABSOLUTE_SECONDS * 1000,
      reauthenticateAfterMs: all.REAUTHENTICATE_AFTER_SECONDS * 1000,
      epochPollMs: all.EPOCH_POLL_MS,
      cookieSecure: all.COOKIE_SECURE ?? all.NODE_ENV === 'production',
      redis: all.REDIS_URL && withAuthorities(all.REDIS_URL, all.REDIS_CA_FILE),
      // Only this project's store knows names other than ids.
      keyForm: all.SESSION_STRATEGY === 'redis' ? all.SESSION_KEYS : ('plain' as const),
      sessionsPerUser: all.SESSIONS_PER_USER,
      replicas: all.STORE_REPLICAS,
      store: {
        scripts: all.REDIS_SCRIPTS,
        deadlineMs: all.STORE_DEADLINE_MS,
        touchAfter: all.STORE_TOUCH_AFTER_PERCENT / 100,
        breakerThreshold: all.STORE_BREAKER_CALLS,
        longestPauseMs: all.STORE_BREAKER_PAUSE_MS,
      },
    },
    passwordMinLength: all.PASSWORD_MIN_LENGTH,
    hashing: {
      peppers: all.PASSWORD_PEPPER,
      rounds: all.BCRYPT_ROUNDS,
      threads: all.HASH_THREADS,
      queue: all.HASH_QUEUE,
      longestWaitMs: all.HASH_LONGEST_WAIT_MS,
    },
    guests: {
      idleMs: all.SESSION_GUEST_IDLE_SECONDS * 1000,
      cartLines: all.GUEST_CART_LINES,
      memoryShare: all.GUEST_MEMORY_PERCENT / 100,
    },
    throttles: {
      loginsPerAccountAndAddress: all.THROTTLE_LOGINS_PER_ACCOUNT_AND_ADDRESS,
      loginsPerAddress: all.THROTTLE_LOGINS_PER_ADDRESS,
      loginsPerAccount: all.THROTTLE_LOGINS_PER_ACCOUNT,
      signUpsPerAddress: all.THROTTLE_SIGNUPS_PER_ADDRESS,
      guestsPerAddress: all.THROTTLE_GUESTS_PER_ADDRESS,
    },
    database: { url: all.DATABASE_URL, poolMax: all.DATABASE_POOL_MAX },
    drain: {
      delayMs: all.DRAIN_DELAY_MS,
      idleMs: all.DRAIN_IDLE_MS,
      deadlineMs: all.DRAIN_DEADLINE_MS,
    },
  };
}

/** Where prepare-redis.ts loads functions. @throws {ConfigError} */
export function readRedisAdminAddress(env: Environment) {
  const { data, problems } = parseSettings(preparationSettings, env);
  if (data?.REDIS_ADMIN_URL === undefined || problems.length > 0) throw new ConfigError(problems);
  return withAuthorities(data.REDIS_ADMIN_URL, data.REDIS_CA_FILE);
}

function withAuthorities(address: RedisAddress, authorities: string | undefined): RedisAddress {
  return authorities === undefined ? address : { ...address, tls: { ca: authorities } };
}

/** The only setting that migrations need. @throws {ConfigError} */
export function readDatabaseUrl(env: Environment): string {
  const { data, problems } = parseSettings(settings.pick({ DATABASE_URL: true }), env);
  if (data === undefined || problems.length > 0) throw new ConfigError(problems);
  return data.DATABASE_URL;
}

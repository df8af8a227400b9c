import { randomBytes } from 'node:crypto';
import type { FleetOptions } from '../fleet.ts';

/**
 * The settings that all instances of one fleet share, by the names in services/app/src/config.ts. The secrets are made
 * up for each fleet: the laboratory knows no default either.
 */
export function appSettings(
  options: FleetOptions,
  addresses: { readonly redis: string; readonly postgres: string },
): Readonly<Record<string, string>> {
  return {
    NODE_ENV: 'production',
    SESSION_STRATEGY: options.strategy,
    SESSION_SECRET: randomBytes(32).toString('hex'),
    PASSWORD_PEPPER: randomBytes(32).toString('hex'),
    // Plain HTTP on loopback, where a client does not send a Secure cookie back.
    COOKIE_SECURE: 'false',
    TRUST_PROXY: 'loopback',
    REDIS_URL: addresses.redis,
    DATABASE_URL: addresses.postgres,
    // The cheapest that bcrypt knows, and on the event loop: experiments are about sessions, not about hashing. One
    // that is about hashing sets both again.
    BCRYPT_ROUNDS: '4',
    HASH_THREADS: '0',
    ...options.appSettings,
  };
}

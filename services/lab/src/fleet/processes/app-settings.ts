import { createHmac, randomBytes } from 'node:crypto';
import type { FleetOptions } from '../fleet.ts';
import { settingsOf } from '../laboratory-settings.ts';

const pepperKey = randomBytes(32);
/** One pepper for each database, whoever starts instances on it: they refuse to start with another than the first. */
const pepperOf = (database: string) => createHmac('sha256', pepperKey).update(database).digest('hex');

/**
 * The settings that all instances of one fleet share, by the names in services/app/src/settings. The secrets are made
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
    PASSWORD_PEPPER: pepperOf(addresses.postgres),
    TRUST_PROXY: 'loopback',
    ALLOWED_HOSTS: '127.0.0.1',
    REDIS_URL: addresses.redis,
    DATABASE_URL: addresses.postgres,
    ...settingsOf('app', 'processes'),
    ...options.appSettings,
  };
}

import { randomBytes } from 'node:crypto';
import type { FleetOptions } from '../fleet.ts';
import { settingsOf } from '../laboratory-settings.ts';

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
    TRUST_PROXY: 'loopback',
    REDIS_URL: addresses.redis,
    DATABASE_URL: addresses.postgres,
    ...settingsOf('app', 'processes'),
    ...options.appSettings,
  };
}

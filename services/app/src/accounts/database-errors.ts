// What the app makes of the errors of Postgres.

import { isNativeError } from 'node:util/types';
import pg from 'pg';
import { z } from 'zod';
import { ServiceUnavailable } from '../http/errors.ts';
import { ConfigError } from '../settings/parse-settings.ts';

/** Postgres is down, or too busy to answer in time. */
export class UsersUnavailable extends ServiceUnavailable {
  override readonly name = 'UsersUnavailable';
  constructor(cause: unknown) {
    super('User accounts cannot be reached at the moment.', { cause });
  }
}

/** SQLSTATE classes of failures that pass: connection, resources, operator intervention (PostgreSQL, appendix A). */
const transientErrors = /^(08|53|57)/;

/** SQLSTATE classes of who may not connect, and of a database that does not exist. No waiting helps there. */
const refusals = /^(28|3D)/;

/** @returns what is wrong with DATABASE_URL where Postgres refuses who connects, and any other error as it is */
export function refusedSetting(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError) || !refusals.test(error.code ?? '')) return error;
  return new ConfigError([`DATABASE_URL: Postgres refuses it: ${error.message}`]);
}

/** The SQLSTATE of a value that is in a unique index already. */
export const uniqueViolation = '23505';

/** Runs statements. @throws {UsersUnavailable} where Postgres cannot be reached, and any other error as it is */
export async function askPostgres<T>(statements: () => Promise<T>): Promise<T> {
  try {
    return await statements();
  } catch (error) {
    throw toDomainError(error);
  }
}

export function toDomainError(error: unknown): unknown {
  if (error instanceof pg.DatabaseError) {
    return transientErrors.test(error.code ?? '') ? new UsersUnavailable(error) : error;
  }
  if (error instanceof z.ZodError || (isNativeError(error) && error.name === 'TypeError')) return error;
  // Refused and lost connections and missed timeouts come as plain errors, from the system or from pg.
  return new UsersUnavailable(error);
}

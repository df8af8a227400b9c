// The table of users in Postgres.

import { isNativeError } from 'node:util/types';
import type { Pool } from 'pg';
import pg from 'pg';
import { z } from 'zod';
import { ServiceUnavailable } from '../http/errors.ts';
import { usernameKey } from './credentials.ts';

export interface StoredUser {
  readonly id: string;
  readonly username: string;
  readonly passwordHash: string;
}

/** Another user has this name, or one with the same `usernameKey`. */
export class UsernameTaken extends Error {
  override readonly name = 'UsernameTaken';
}

/** Postgres is down, or too busy to answer in time. */
export class UsersUnavailable extends ServiceUnavailable {
  override readonly name = 'UsersUnavailable';
}

export interface Users {
  /** @throws {UsernameTaken} @throws {UsersUnavailable} */
  add(username: string, passwordHash: string): Promise<StoredUser>;
  /** Finds a user by name, whatever its case. @param username without NUL, see `loginBody` @throws {UsersUnavailable} */
  find(username: string): Promise<StoredUser | undefined>;
  /** Rejects when Postgres does not answer, or has not been migrated. */
  ready(): Promise<unknown>;
}

const row = z.object({ id: z.string(), username: z.string(), passwordHash: z.string() });
const columns = 'id, username, password_hash AS "passwordHash"';

export function usersIn(pool: Pool): Users {
  const query = async (sql: string, values: string[]) => {
    try {
      const { rows } = await pool.query(sql, values);
      return z.array(row).parse(rows);
    } catch (error) {
      throw toDomainError(error);
    }
  };
  return {
    async add(username, passwordHash) {
      const sql = `INSERT INTO users (username, username_key, password_hash) VALUES ($1, $2, $3) RETURNING ${columns}`;
      const [user] = await query(sql, [username, usernameKey(username), passwordHash]);
      if (user === undefined) throw new Error('INSERT … RETURNING returned no row');
      return user;
    },
    async find(username) {
      const [user] = await query(`SELECT ${columns} FROM users WHERE username_key = $1`, [
        usernameKey(username),
      ]);
      return user;
    },
    ready: () => pool.query('SELECT FROM users LIMIT 0'),
  };
}

/** SQLSTATE classes of failures that pass: connection, resources, operator intervention (PostgreSQL, appendix A). */
const transientErrors = /^(08|53|57)/;

function toDomainError(error: unknown): unknown {
  if (error instanceof pg.DatabaseError) {
    // Two sign-ups with one name at the same time, on two instances: the unique index lets one pass.
    if (error.code === '23505') return new UsernameTaken('the username is taken', { cause: error });
    if (!transientErrors.test(error.code ?? '')) return error;
  } else if (error instanceof z.ZodError || (isNativeError(error) && error.name === 'TypeError')) {
    return error;
  }
  // Refused and lost connections and missed timeouts come as plain errors, from the system or from pg.
  return new UsersUnavailable('User accounts cannot be reached at the moment.', { cause: error });
}

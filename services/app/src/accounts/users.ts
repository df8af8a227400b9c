// The table of users in Postgres.

import { isNativeError } from 'node:util/types';
import pTimeout, { TimeoutError } from 'p-timeout';
import type { ClientBase, Pool } from 'pg';
import pg from 'pg';
import { z } from 'zod';
import { ServiceUnavailable } from '../http/errors.ts';
import { usernameKey } from './credentials.ts';
import { inTransaction } from './transaction.ts';

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
  /**
   * Adds a user, if what belongs to it can be done as well: `beforeCommit` runs when the user is in the table and nobody
   * else sees it yet. If it fails, or takes longer than {@link beforeCommitMs}, no user is added. Another sign-up with the
   * same name waits until this is decided.
   * @throws {UsernameTaken} @throws {UsersUnavailable} @throws what `beforeCommit` throws
   */
  add(
    username: string,
    passwordHash: string,
    beforeCommit: (user: StoredUser) => Promise<unknown>,
  ): Promise<StoredUser>;
  /** Finds a user by name, whatever its case. @param username without NUL, see `loginBody` @throws {UsersUnavailable} */
  find(username: string): Promise<StoredUser | undefined>;
  /** Rejects when Postgres does not answer, or has not been migrated. */
  ready(): Promise<unknown>;
}

const row = z.object({ id: z.string(), username: z.string(), passwordHash: z.string() });
const columns = 'id, username, password_hash AS "passwordHash"';

/** Longer than all calls to the session store of a login, and bounded: meanwhile a connection of the pool is taken. */
export const beforeCommitMs = 2000;

export function usersIn(pool: Pool): Users {
  return {
    async add(username, passwordHash, beforeCommit) {
      const sql = `INSERT INTO users (username, username_key, password_hash) VALUES ($1, $2, $3) RETURNING ${columns}`;
      const values = [username, usernameKey(username), passwordHash];
      // The errors of `beforeCommit` are not those of Postgres.
      let failed: { readonly error: unknown } | undefined;
      try {
        return await inTransaction(pool, async (client) => {
          const [user] = await rowsOf(client, sql, values);
          if (user === undefined) throw new Error('INSERT … RETURNING returned no row');
          await pTimeout(beforeCommit(user), { milliseconds: beforeCommitMs }).catch((error: unknown) => {
            failed = { error };
            throw error;
          });
          return user;
        });
      } catch (error) {
        if (failed === undefined) throw toDomainError(error);
        if (failed.error instanceof TimeoutError) throw unavailable(failed.error);
        throw failed.error;
      }
    },
    async find(username) {
      const sql = `SELECT ${columns} FROM users WHERE username_key = $1`;
      try {
        const [user] = await rowsOf(pool, sql, [usernameKey(username)]);
        return user;
      } catch (error) {
        throw toDomainError(error);
      }
    },
    ready: () => pool.query('SELECT FROM users LIMIT 0'),
  };
}

async function rowsOf(connection: Pool | ClientBase, sql: string, values: string[]): Promise<StoredUser[]> {
  const { rows } = await connection.query(sql, values);
  return z.array(row).parse(rows);
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
  return unavailable(error);
}

function unavailable(cause: unknown): UsersUnavailable {
  return new UsersUnavailable('User accounts cannot be reached at the moment.', { cause });
}

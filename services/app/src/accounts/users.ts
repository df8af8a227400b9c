// The table of users in Postgres: to add users and to find them.

import pTimeout, { TimeoutError } from 'p-timeout';
import type { Pool } from 'pg';
import pg from 'pg';
import { usernameKey } from './credentials.ts';
import {
  askPostgres,
  refusedSetting,
  toDomainError,
  UsersUnavailable,
  uniqueViolation,
} from './database-errors.ts';
import { inTransaction } from './transaction.ts';
import type { StoredPassword, StoredUser } from './user-rows.ts';
import { firstUser, userColumns } from './user-rows.ts';

/** Another user has this name, or one with the same `usernameKey`. */
export class UsernameTaken extends Error {
  override readonly name = 'UsernameTaken';
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
    password: StoredPassword,
    beforeCommit: (user: StoredUser) => Promise<unknown>,
  ): Promise<StoredUser>;
  /** Finds a user by name, whatever its case. @param username without NUL, see `loginBody` @throws {UsersUnavailable} */
  find(username: string): Promise<StoredUser | undefined>;
  /** @param id as the table has it @throws {UsersUnavailable} */
  get(id: string): Promise<StoredUser | undefined>;
  /** Rejects when Postgres does not answer, or has not been migrated. @throws {ConfigError} when it refuses DATABASE_URL */
  ready(): Promise<unknown>;
}

/** Longer than all calls to the session store of a login, and bounded: meanwhile a connection of the pool is taken. */
export const beforeCommitMs = 2000;

export function usersIn(pool: Pool): Users {
  return {
    async add(username, password, beforeCommit) {
      const sql = `INSERT INTO users (username, username_key, password_hash, pepper_version) VALUES ($1, $2, $3, $4)
        RETURNING ${userColumns}`;
      const values = [username, usernameKey(username), password.hash, password.pepperVersion];
      // The errors of `beforeCommit` are not those of Postgres.
      let failed: { readonly error: unknown } | undefined;
      try {
        return await inTransaction(pool, async (client) => {
          const user = await firstUser(client, sql, values);
          if (user === undefined) throw new Error('INSERT … RETURNING returned no row');
          await pTimeout(beforeCommit(user), { milliseconds: beforeCommitMs }).catch((error: unknown) => {
            failed = { error };
            throw error;
          });
          return user;
        });
      } catch (error) {
        if (failed === undefined) throw isTaken(error) ? taken(error) : toDomainError(error);
        if (failed.error instanceof TimeoutError) throw new UsersUnavailable(failed.error);
        throw failed.error;
      }
    },
    find: (username) =>
      askPostgres(() =>
        firstUser(pool, `SELECT ${userColumns} FROM users WHERE username_key = $1`, [usernameKey(username)]),
      ),
    get: (id) => askPostgres(() => firstUser(pool, `SELECT ${userColumns} FROM users WHERE id = $1`, [id])),
    ready: () =>
      pool
        .query('SELECT session_epoch, epoch FROM users, global_session_epoch LIMIT 0')
        .catch((error: unknown) => {
          throw refusedSetting(error);
        }),
  };
}

/** Two sign-ups with one name at the same time, on two instances: the unique index lets one pass. */
const isTaken = (error: unknown) => error instanceof pg.DatabaseError && error.code === uniqueViolation;
const taken = (cause: unknown) => new UsernameTaken('the username is taken', { cause });

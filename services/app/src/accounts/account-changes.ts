// What changes of a user in Postgres after the sign-up: the password, whether the account is disabled, and the epoch,
// which ends the user's sessions.

import type { Pool } from 'pg';
import { z } from 'zod';
import { askPostgres } from './database-errors.ts';
import type { StoredPassword } from './user-rows.ts';
import { firstUser, userColumns } from './user-rows.ts';

/** Every call @throws {UsersUnavailable} */
export interface AccountChanges {
  /**
   * Stores the same password in another form, unless it is not the stored one any more: of two logins that do so at once
   * one stores its hash, and a password that has been changed stays.
   */
  rehash(userId: string, old: StoredPassword, fresh: StoredPassword): Promise<void>;
  /**
   * Stores another password and raises the epoch, both or neither.
   * @returns the new epoch; undefined where the stored password is not the old one any more
   */
  changePassword(userId: string, old: StoredPassword, fresh: StoredPassword): Promise<number | undefined>;
  /** Raises the user's epoch. @returns the new one; undefined where there is no such user */
  endSessions(userId: string): Promise<number | undefined>;
  /** Raises the epoch of all users together. It takes as long for a million users as for one. */
  endAllSessions(): Promise<void>;
  /** Nobody can log in as this user any more. Raises the epoch as well. @returns as `endSessions` */
  disable(userId: string): Promise<number | undefined>;
  enable(userId: string): Promise<void>;
  /** The highest cost of a stored hash; undefined where there are no users. */
  highestCost(): Promise<number | undefined>;
}

const raisedEpoch = ['session_epoch = session_epoch + 1', 'session_epoch_at = now()'];

export function accountChangesIn(pool: Pool): AccountChanges {
  const run = (sql: string, values: readonly unknown[] = []) =>
    askPostgres(() => pool.query(sql, [...values]));
  const epochAfter = async (assignments: readonly string[], where: string, values: readonly unknown[]) => {
    const sql = `UPDATE users SET ${assignments.join(', ')} WHERE ${where} RETURNING ${userColumns}`;
    return (await askPostgres(() => firstUser(pool, sql, values)))?.epoch;
  };
  return {
    async rehash(userId, old, fresh) {
      const sql =
        'UPDATE users SET password_hash = $3, pepper_version = $4 WHERE id = $1 AND password_hash = $2';
      await run(sql, [userId, old.hash, fresh.hash, fresh.pepperVersion]);
    },
    changePassword: (userId, old, fresh) =>
      epochAfter(
        ['password_hash = $3', 'pepper_version = $4', ...raisedEpoch],
        'id = $1 AND password_hash = $2',
        [userId, old.hash, fresh.hash, fresh.pepperVersion],
      ),
    endSessions: (userId) => epochAfter(raisedEpoch, 'id = $1', [userId]),
    async endAllSessions() {
      await run('UPDATE global_session_epoch SET epoch = epoch + 1');
    },
    disable: (userId) =>
      epochAfter(['disabled_at = coalesce(disabled_at, now())', ...raisedEpoch], 'id = $1', [userId]),
    async enable(userId) {
      await run('UPDATE users SET disabled_at = NULL WHERE id = $1', [userId]);
    },
    async highestCost() {
      const { rows } = await run('SELECT max(substr(password_hash, 5, 2)) AS cost FROM users');
      const [{ cost }] = z.tuple([z.object({ cost: z.coerce.number().nullable() })]).parse(rows);
      return cost ?? undefined;
    },
  };
}

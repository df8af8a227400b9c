// A user as Postgres has it, and how a row becomes one.

import type { ClientBase, Pool } from 'pg';
import { z } from 'zod';

/** A password as it is stored. */
export interface StoredPassword {
  readonly hash: string;
  /** Which of the peppers it was hashed with. */
  readonly pepperVersion: number;
}

export interface StoredUser {
  readonly id: string;
  readonly username: string;
  readonly password: StoredPassword;
  /** Sessions of an older epoch have ended, see {@link userEpoch}. */
  readonly epoch: number;
  /** Nobody may log in as this user. */
  readonly isDisabled: boolean;
}

/** Leaves room for every `integer` of Postgres below it, and for 2 million values above it in a JavaScript number. */
export const epochsOfOneUser = 2 ** 32;

/**
 * A user's epoch: the one of all users counts first, the user's own second. So either of them ends the user's sessions
 * when it is raised, and one number says it all.
 */
export const userEpoch = (ofAll: number, own: number) => ofAll * epochsOfOneUser + own;

const row = z
  .object({
    ...{ id: z.string(), username: z.string(), passwordHash: z.string(), pepperVersion: z.number() },
    ...{ ownEpoch: z.number(), epochOfAll: z.number(), isDisabled: z.boolean() },
  })
  .transform(
    ({ id, username, passwordHash, pepperVersion, ownEpoch, epochOfAll, isDisabled }): StoredUser => ({
      ...{ id, username, isDisabled },
      password: { hash: passwordHash, pepperVersion },
      epoch: userEpoch(epochOfAll, ownEpoch),
    }),
  );

/** For SELECT and RETURNING. */
export const userColumns = `id, username, password_hash AS "passwordHash", pepper_version AS "pepperVersion",
  session_epoch AS "ownEpoch", (SELECT epoch FROM global_session_epoch) AS "epochOfAll",
  disabled_at IS NOT NULL AS "isDisabled"`;

/** Runs a statement that gives {@link userColumns}. @returns its first row */
export async function firstUser(
  connection: Pool | ClientBase,
  sql: string,
  values: readonly unknown[],
): Promise<StoredUser | undefined> {
  const { rows } = await connection.query(sql, [...values]);
  return z.array(row).parse(rows)[0];
}

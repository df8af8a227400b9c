// Notices a pepper that was changed by mistake. Without it an instance would start, and tell everybody that the right
// password is wrong.

import type { Pool } from 'pg';
import { z } from 'zod';
import { askPostgres } from '../accounts/database-errors.ts';
import type { PasswordHasher } from '../accounts/password-hash.ts';
import { keyedTags } from '../keyed-tags.ts';
import { ConfigError } from '../settings/parse-settings.ts';
import type { Pepper, Peppers } from '../settings/peppers.ts';

export interface PepperCheck {
  /**
   * Resolves when the peppers are those of this database; asks until it is known, and never again.
   * @throws {ConfigError} when one of them is another one @throws {UsersUnavailable}
   */
  passed(): Promise<void>;
  /** Resolves when a pepper turned out to be another one. The instance is of no use then. */
  readonly refused: Promise<ConfigError>;
}

/**
 * The database has a tag of each pepper that was used, left there by the instance that used it first. So it is not asked
 * what the pepper is, only whether it is the same; a backup that is restored brings its tags along.
 */
export function checkPeppers(database: Pool, peppers: Peppers): PepperCheck {
  const refused = Promise.withResolvers<ConfigError>();
  let passed: Promise<void> | undefined;
  const ask = async () => {
    const changed = await askPostgres(() => changedVersions(database, peppers));
    if (changed.length === 0) return;
    const error = new ConfigError([sentence(changed)]);
    refused.resolve(error);
    throw error;
  };
  return {
    passed: () => {
      passed ??= ask().catch((error: unknown) => {
        passed = undefined;
        throw error;
      });
      return passed;
    },
    refused: refused.promise,
  };
}

/** The hasher, which hashes nothing before the peppers are known to be right: an instance may listen before Postgres answers. */
export function afterCheck({ passed }: PepperCheck, hasher: PasswordHasher): PasswordHasher {
  return {
    ...hasher,
    hash: async (...password) => {
      await passed();
      return hasher.hash(...password);
    },
    matches: async (...password) => {
      await passed();
      return hasher.matches(...password);
    },
  };
}

const rows = z.array(z.object({ version: z.number(), tag: z.string() }));

/** @returns the versions for which the database knows another pepper */
async function changedVersions(database: Pool, peppers: Peppers): Promise<number[]> {
  const read = async () => {
    const versions = peppers.map(({ version }) => version);
    const sql = 'SELECT version, tag FROM pepper_checks WHERE version = ANY($1)';
    const reply = await database.query(sql, [versions]);
    return new Map(rows.parse(reply.rows).map(({ version, tag }) => [version, tag]));
  };
  let known = await read();
  // A newer one than the current has hashed nothing yet, and may still be replaced (docs/production.md, "Another pepper").
  // In the order of versions: two instances that insert the same rows in two orders would wait for each other.
  const missing = peppers
    .filter(({ version }) => version <= peppers[0].version && !known.has(version))
    .sort((a, b) => a.version - b.version);
  if (missing.length > 0) {
    const sql =
      'INSERT INTO pepper_checks (version, tag) SELECT * FROM unnest($1::int[], $2::text[]) ON CONFLICT DO NOTHING';
    await database.query(sql, [missing.map(({ version }) => version), missing.map(tagOf)]);
    // Again, because another instance may have been first.
    known = await read();
  }
  return peppers
    .filter((pepper) => ![undefined, tagOf(pepper)].includes(known.get(pepper.version)))
    .map(({ version }) => version);
}

const tagOf = ({ key, version }: Pepper) => keyedTags(key, 'check of the pepper', 43)(String(version));

function sentence(versions: readonly number[]): string {
  return `PASSWORD_PEPPER: expected the pepper that hashed the passwords in this database; version ${versions.join(', ')} is another one, with which every right password would be refused (docs/production.md, "Another pepper")`;
}

// Moves users on when the cost of bcrypt or the pepper has changed: at login, the only time at which their password is known.

import type { Logger } from 'pino';
import type { AccountChanges } from './account-changes.ts';
import { HashingOverloaded } from './hash-queue.ts';
import type { PasswordHasher } from './password-hash.ts';
import type { StoredUser } from './user-rows.ts';

/**
 * Hashes the password again if its hash is outdated. The login does not wait for it and does not fail with it: what does not
 * work now is done at the next one.
 */
export async function rehashIfOutdated(
  { id, password: stored }: StoredUser,
  password: string,
  { hasher, changes }: { readonly hasher: PasswordHasher; readonly changes: AccountChanges },
  log: Logger,
): Promise<void> {
  if (!hasher.isOutdated(stored)) return;
  try {
    await changes.rehash(id, stored, await hasher.hash(password, stored));
  } catch (err) {
    if (!(err instanceof HashingOverloaded)) log.warn({ err, user: id }, 'left an outdated hash');
  }
}

// What the routes of accounts are given.

import type { SessionCookie } from '../sessions/cookie.ts';
import type { SessionKeys } from '../sessions/session-keys.ts';
import type { SessionTagger } from '../sessions/session-tag.ts';
import type { UserSessions } from '../sessions/user-sessions.ts';
import type { Throttles } from '../throttling/throttles.ts';
import type { AccountChanges } from './account-changes.ts';
import type { PasswordRules } from './credentials.ts';
import type { PasswordHasher } from './password-hash.ts';
import type { Users } from './users.ts';

export interface AccountDependencies {
  readonly users: Users;
  readonly changes: AccountChanges;
  readonly hasher: PasswordHasher;
  readonly throttles: Throttles;
  readonly passwordRules: PasswordRules;
  readonly cookie: SessionCookie;
  /** What a guest who logs in takes along from the guest's session. */
  readonly keepAtLogin: SessionKeys;
  /** Rejects when a session could not be stored now. */
  readonly sessionsReady: () => Promise<unknown>;
  /** Absent where the strategy cannot find a user's sessions. */
  readonly userSessions: UserSessions | undefined;
  /** How old a login may be with which other sessions are ended, in milliseconds. */
  readonly reauthenticateAfterMs: number;
  readonly tagOf: SessionTagger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

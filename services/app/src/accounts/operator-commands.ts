// What an operator can do to accounts and their sessions. Each writes the events that a security team reads.

import type { Logger } from 'pino';
import { logSecurityEvent } from '../operations/security-events.ts';
import type { UserSession, UserSessions } from '../sessions/user-sessions.ts';
import type { AccountChanges } from './account-changes.ts';
import type { StoredUser } from './user-rows.ts';
import type { Users } from './users.ts';

export interface OperatorDependencies {
  readonly users: Pick<Users, 'find'>;
  readonly changes: AccountChanges;
  /** Absent where the strategy cannot find a user's sessions. Then the instances end them (session-epochs.ts). */
  readonly userSessions: UserSessions | undefined;
  readonly log: Logger;
}

/** The command cannot be carried out. The message says why. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

/** @throws {CommandFailed} where there is no such user @throws {UsersUnavailable} */
export async function endSessions(username: string, dependencies: OperatorDependencies): Promise<void> {
  const { id } = await userNamed(username, dependencies);
  await endInRedis(id, await dependencies.changes.endSessions(id), dependencies);
}

/**
 * Ends the sessions of all users: one row changes, whatever their number, and no session is touched. The instances refuse
 * each from the next time on that they read the epoch, and delete it when it is used. The others expire.
 * @throws {UsersUnavailable}
 */
export async function endAllSessions({ changes, log }: OperatorDependencies): Promise<void> {
  await changes.endAllSessions();
  logSecurityEvent(log, 'session_ended', { by: 'operator', reason: 'sessions of all users' });
}

/** @throws {CommandFailed} where there is no such user @throws {UsersUnavailable} */
export async function disable(username: string, dependencies: OperatorDependencies): Promise<void> {
  const { changes, log } = dependencies;
  const { id } = await userNamed(username, dependencies);
  const epoch = await changes.disable(id);
  logSecurityEvent(log, 'account_disabled', { user: id, by: 'operator' });
  await endInRedis(id, epoch, dependencies);
}

/** @throws {CommandFailed} where there is no such user @throws {UsersUnavailable} */
export async function enable(username: string, dependencies: OperatorDependencies): Promise<void> {
  const { id } = await userNamed(username, dependencies);
  await dependencies.changes.enable(id);
  logSecurityEvent(dependencies.log, 'account_enabled', { user: id, by: 'operator' });
}

/** @throws {CommandFailed} where there is no such user, or no way to find sessions @throws {SessionsUnavailable} */
export async function list(username: string, dependencies: OperatorDependencies): Promise<UserSession[]> {
  const { id } = await userNamed(username, dependencies);
  if (dependencies.userSessions === undefined) {
    throw new CommandFailed('This deployment keeps sessions where those of one user cannot be found.');
  }
  return dependencies.userSessions.list(id);
}

async function userNamed(username: string, { users }: OperatorDependencies): Promise<StoredUser> {
  const user = await users.find(username);
  if (user === undefined) throw new CommandFailed(`There is no user ${JSON.stringify(username)}.`);
  return user;
}

/** Postgres has the epoch, so the sessions end in any case; by this they do so at once. */
async function endInRedis(
  userId: string,
  epoch: number | undefined,
  { userSessions, log }: OperatorDependencies,
): Promise<void> {
  if (epoch === undefined) throw new CommandFailed('The user has been deleted in the meantime.');
  const event = { user: userId, by: 'operator' };
  try {
    const count = await userSessions?.endAll(userId, epoch);
    logSecurityEvent(log, 'session_ended', { ...event, ...(count !== undefined && { count }) });
  } catch (err) {
    log.warn(
      { err },
      'Redis did not end the sessions: the instances do, as soon as they have read the epoch',
    );
    logSecurityEvent(log, 'session_ended', event);
  }
}

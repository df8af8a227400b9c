// All sessions of one user, on whatever instance they are used: to list them and to end them.

/** A session as its owner and an operator see it. */
export interface UserSession {
  /** Names the session. It is not the id that the cookie has, and of no use to log in. */
  readonly name: string;
  /** When it began, in milliseconds since 1970. */
  readonly createdAt: number;
  /** When it was last used, in milliseconds since 1970; up to STORE_TOUCH_AFTER_PERCENT of the idle timeout too early. */
  readonly lastSeenAt: number;
  /** What the client said about itself at login (User-Agent), cut to a short text. */
  readonly client: string;
}

/**
 * The sessions of users. A user's sessions have an epoch, a whole number that Postgres keeps: a session of an older epoch
 * than the user's has ended. It is the counted form of "valid after": no clock has to be right for it.
 *
 * To end a user's sessions, first raise the epoch in Postgres and then call `endAll` with the new one. A login of the new
 * epoch does the same for what a failover of Redis has undone.
 *
 * A session that was begun with SESSION_KEYS=plain is in no list, and cannot be ended alone; `endAll` ends it.
 *
 * Every call @throws {SessionsUnavailable}
 */
export interface UserSessions {
  /** The user's sessions that have not ended, the newest first. */
  list(userId: string): Promise<UserSession[]>;
  /** Ends one session. @returns whether the user had such a session */
  end(userId: string, name: string): Promise<boolean>;
  /**
   * Ends all sessions of the user of an epoch below this one, and refuses those that a login under way would add with an
   * older epoch.
   * @param epoch the user's new epoch
   * @param exceptName the session that goes on, and gets the new epoch in the list. Its own `epoch` is the caller's to set
   *   and to save. A login with the new epoch (`startUserSession`) in place of it also gives it a new id.
   * @returns how many of the list have ended
   */
  endAll(userId: string, epoch: number, exceptName?: string): Promise<number>;
  /** The name of a session, by the id that the cookie has. `undefined` for one that is in no list. */
  nameOf(sessionId: string): string | undefined;
}

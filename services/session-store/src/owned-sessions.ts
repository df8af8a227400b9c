// All sessions of one user, on whatever instance they are used.

import type { SessionData } from 'express-session';
import type { withDefaults } from './options.ts';
import { endSession, endSessions, listSessions } from './owner-list.ts';
import type { SessionCalls } from './session-calls.ts';
import { listName, ownedName } from './session-names.ts';

/** Whose a session is. */
export interface SessionOwner {
  /** The user's id. */
  readonly id: string;
  /**
   * The user's epoch at login, a whole number that the app keeps with the user and raises to end the user's sessions: one of
   * an older epoch has ended. Counted, and not a time, because no clocks have to agree. Default 0.
   */
  readonly epoch?: number | undefined;
  /** What the list shows of the session, such as its client. A text without line breaks. Default: none. */
  readonly details?: string;
}

/**
 * Keeps a list of each user's sessions. A session is listed if its id is of `newSessionId(userId)` when it is first stored,
 * and the store's `nameOf` is `hashedName`. Any other session of a user is not listed; each read of it costs one more command,
 * which tells whether its epoch is over.
 */
export interface OwnersOption {
  /** `undefined` for a guest. */
  readonly ownerOf: (session: SessionData) => SessionOwner | undefined;
  /**
   * The longest time that a session of a user can be used after its login, in milliseconds: the app's absolute timeout. The
   * list is kept as long, from the last login or ending.
   */
  readonly longestMs: number;
  /**
   * How many sessions a user may have; 0 for any number, the default. A login beyond it ends the one that would be the first
   * to end by itself. Where all have the same lifetime, that is the one whose last use is longest ago.
   */
  readonly maxSessions?: number;
}

/** A session as the list has it. */
export interface OwnedSession {
  /** Of no use as an id. */
  readonly name: string;
  readonly epoch: number;
  /** In milliseconds since 1970; up to `touchAfter` of the lifetime too early. */
  readonly lastUsedAt: number;
  readonly details: string;
}

/** The sessions of each user. Every call @throws {@link SessionStoreUnavailable} */
export interface OwnedSessions {
  /** The user's sessions that have not ended. */
  list(ownerId: string): Promise<OwnedSession[]>;
  /** Ends one session. @returns whether the user had such a session */
  end(ownerId: string, name: string): Promise<boolean>;
  /**
   * Ends all sessions of an epoch below this one. From then on a login of an older epoch, which may be under way, is refused
   * with {@link SessionRevoked}.
   *
   * @param epoch the user's new epoch
   * @param exceptName the session that goes on, and gets this epoch in the list; the app stores it in the session
   * @returns how many of the list have ended
   * @throws RangeError for an epoch that is no whole number
   */
  endAll(ownerId: string, epoch: number, exceptName?: string): Promise<number>;
  /** A session's name in its owner's list, by its id. `undefined` for one that is in no list. */
  nameOf(sessionId: string): string | undefined;
}

export function ownedSessions(
  options: ReturnType<typeof withDefaults>,
  { longestMs: keepMs }: OwnersOption,
  calls: SessionCalls,
): OwnedSessions {
  const { prefix, nameOf, run, isReplicated } = options;
  const listKeyOf = (ownerId: string) => prefix + listName(ownerId);
  const waitsForReplicas = () => isReplicated({ type: 'destroy' });
  return {
    async list(ownerId) {
      const listKey = listKeyOf(ownerId);
      const entries = await calls.read('list', listKey, (commands) => listSessions(commands, run, listKey));
      const nowMs = Date.now();
      return entries.map(({ name, epoch, lifetimeMs, leftMs, details }) => {
        return { name, epoch, lastUsedAt: nowMs - Math.max(lifetimeMs - leftMs, 0), details };
      });
    },
    async end(ownerId, name) {
      if (ownedName(`${listName(ownerId)}:${name}`) === undefined) return false;
      const listKey = listKeyOf(ownerId);
      const key = `${listKey}:${name}`;
      const end = { key, listKey, name };
      return calls.write('destroy', key, (commands) => endSession(commands, run, end), waitsForReplicas());
    },
    async endAll(ownerId, epoch, exceptName) {
      if (!Number.isSafeInteger(epoch) || epoch < 0)
        throw new RangeError(`an epoch is a whole number, not ${epoch}`);
      const ending = { listKey: listKeyOf(ownerId), epoch, keepMs };
      return calls.write(
        'destroy',
        ending.listKey,
        (commands) => endSessions(commands, run, ending, exceptName),
        waitsForReplicas(),
      );
    },
    nameOf: (sessionId) => ownedName(nameOf(sessionId))?.own,
  };
}

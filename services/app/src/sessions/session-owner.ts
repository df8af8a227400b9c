// Whose a session is, for the store's list of each user's sessions, and what the list says of it.

import type { SessionData } from 'express-session';
import type { OwnedSessions, SessionOwner } from 'merging-redis-store';
import { toHttpError } from './store-errors.ts';
import type { UserSessions } from './user-sessions.ts';

/** `undefined` for a guest. A session of an instance from before there were epochs is of the first, 0. */
export function ownerOf({
  user,
  epoch = 0,
  createdAt = 0,
  client = '',
}: SessionData): SessionOwner | undefined {
  return user && { id: user.id, epoch, details: `${createdAt} ${client}` };
}

/** The sessions of each user, from the store's lists. */
export function userSessionsOf(owned: OwnedSessions): UserSessions {
  const call = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw toHttpError(error);
    }
  };
  return {
    async list(userId) {
      const sessions = await call(owned.list(userId));
      return sessions
        .map(({ name, lastUsedAt, details }) => {
          const [createdAt = '', client = ''] = /^(\d+) (.*)$/s.exec(details)?.slice(1) ?? [];
          return { name, createdAt: Number(createdAt), lastSeenAt: lastUsedAt, client };
        })
        .sort((a, b) => b.createdAt - a.createdAt);
    },
    end: (userId, name) => call(owned.end(userId, name)),
    endAll: (userId, epoch, exceptName) => call(owned.endAll(userId, epoch, exceptName)),
    nameOf: (sessionId) => owned.nameOf(sessionId),
  };
}

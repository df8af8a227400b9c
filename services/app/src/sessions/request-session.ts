// What a request does with its session, as promises that reject when the store fails. Handlers await them before they
// answer: express-session on its own stores the session at the end of a response that already says 200.

import type { Request } from 'express';
import { type RequestSession, replaceSession, SessionGone } from 'merging-redis-store';
import { forgetSession } from '../http/error-responses.ts';
import { clientText } from './client-text.ts';
import { forUser, unreadSessionId } from './new-session-id.ts';
import type { SessionUser } from './session-data.ts';
import type { SessionKeys } from './session-keys.ts';
import { sessionEnded, toHttpError } from './store-errors.ts';

/**
 * Stores the session now.
 * @throws {SessionsUnavailable} @throws {ClientError} where another request has ended the session, see `sessionEnded`
 */
export function saveSession(req: Request): Promise<void> {
  return callStore(req, (done) => req.session.save(done));
}

/**
 * Deletes the session from the store and from the request. Also one that this app cannot read: another version may have
 * stored it, and would go on accepting it.
 * @throws {SessionsUnavailable}
 */
export async function destroySession(req: Request): Promise<void> {
  if (isStored(req)) return callStore(req, (done) => req.session.destroy(done));
  const unread = unreadSessionId(req);
  if (unread !== undefined) await callStore(req, (done) => req.sessionStore.destroy(unread, done));
}

/** Without `createdAt` the session was made for this request and never stored. */
const isStored = (req: Request) => req.session.createdAt !== undefined;

/**
 * Logs in. The session gets a new id, so that an id that somebody planted or saw before is worth nothing (session
 * fixation). The new session is stored, and then the old one is deleted, before the promise resolves.
 * @param user with the epoch of the user's sessions that was read together with the password; 0 where it has none yet
 * @param keep what the user takes along from the old session, if that was a guest's or the same user's. What another
 *   user, who was logged in here before, has left there is not taken along.
 * @returns the new session
 * @throws {SessionsUnavailable} and then the request has its old session again, see `replaceSession`
 * @throws {ClientError} 401 where all sessions of this epoch have been ended since it was read
 */
export async function startUserSession(
  req: Request,
  { id, username, epoch = 0 }: SessionUser & { readonly epoch?: number | undefined },
  keep: SessionKeys,
  now: number,
): Promise<RequestSession> {
  const oldIsStored = isStored(req);
  // Other requests may have changed a guest's cart since this one began: checking a password takes long. If the session
  // has ended in the meantime, the request keeps what it had loaded.
  if (oldIsStored) await isReloaded(req);
  try {
    const fill = (fresh: RequestSession, old: RequestSession) => {
      const isOwn = old.user === undefined || old.user.id === id;
      const kept = Object.entries(old).filter(([key]) => isOwn && keep.includes(key));
      const login = { user: { id, username }, createdAt: now, epoch, client: clientText(req) };
      Object.assign(fresh, Object.fromEntries(kept), login);
    };
    return await forUser(req, id, () => replaceSession(req, fill, { oldIsStored }));
  } catch (error) {
    throw toHttpError(error);
  }
}

/** Deletes a session that was stored for something that has failed since. @throws {SessionsUnavailable} */
export async function discardSession(session: RequestSession): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) =>
      session.destroy((error: unknown) => (error ? reject(error) : resolve())),
    );
  } catch (error) {
    throw toHttpError(error);
  }
}

/**
 * Loads the session as it is stored now. What this request has changed in it and not saved is lost.
 * @throws {SessionsUnavailable} @throws {ClientError} where the session has ended, see `sessionEnded`
 */
export async function reloadSession(req: Request): Promise<void> {
  const wasUser = req.session.user !== undefined;
  if (await isReloaded(req)) return;
  forgetSession(req);
  throw sessionEnded(wasUser);
}

/** @returns false where the session has ended: then the request keeps what it has */
async function isReloaded(req: Request): Promise<boolean> {
  try {
    await callStore(req, (done) => req.session.reload(done));
    return true;
  } catch (error) {
    // express-session's own error for a session that is not there has neither a class nor a code.
    if (error instanceof Error && error.message === 'failed to load session') return false;
    throw error;
  }
}

async function callStore(req: Request, call: (done: (error?: unknown) => void) => void): Promise<void> {
  const wasUser = req.session.user !== undefined;
  try {
    await new Promise<void>((resolve, reject) => call((error) => (error ? reject(error) : resolve())));
  } catch (error) {
    // Otherwise express-session would send the ended session's cookie with the error response.
    if (error instanceof SessionGone) forgetSession(req);
    throw toHttpError(error, wasUser);
  }
}

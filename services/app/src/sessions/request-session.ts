// What a request does with its session, as promises that reject when the store fails. Handlers await them before they
// answer: express-session on its own stores the session at the end of a response that already says 200.

import type { Request } from 'express';
import { SessionGone } from 'merging-redis-store';
import { forgetSession } from '../http/error-responses.ts';
import type { SessionUser } from './session-data.ts';
import type { SessionKeys } from './session-keys.ts';
import { toHttpError } from './store-errors.ts';

/**
 * Stores the session now.
 * @throws {SessionsUnavailable} @throws {ClientError} where another request has ended the session, see `sessionEnded`
 */
export function saveSession(req: Request): Promise<void> {
  return callStore(req, (done) => req.session.save(done));
}

/** Deletes the session from the store and from the request. @throws {SessionsUnavailable} */
export async function destroySession(req: Request): Promise<void> {
  // Without `createdAt` the session was made for this request and never stored.
  if (req.session.createdAt === undefined) return;
  await callStore(req, (done) => req.session.destroy(done));
}

/**
 * Logs in. The session gets a new id, so that an id that somebody planted or saw before is worth nothing (session
 * fixation), and the old session is deleted. The new session is stored when the promise resolves.
 * @param keep what the user takes along from the old session, if that was a guest's or the same user's. What another
 *   user, who was logged in here before, has left there is not taken along.
 * @throws {SessionsUnavailable} and then nobody is logged in
 */
export async function startUserSession(
  req: Request,
  user: SessionUser,
  keep: SessionKeys,
  now: number,
): Promise<void> {
  if (req.session.createdAt !== undefined) await reloadSession(req);
  const isOwn = req.session.user === undefined || req.session.user.id === user.id;
  const kept = Object.entries(req.session).filter(([key]) => isOwn && keep.includes(key));
  await callStore(req, (done) => req.session.regenerate(done));
  Object.assign(req.session, Object.fromEntries(kept), { user, createdAt: now });
  await saveSession(req);
}

/**
 * Loads what other requests have stored in the session since this one began: checking a password takes so long that a
 * guest's cart may have changed. If the session has ended in the meantime, the request keeps what it had loaded.
 */
async function reloadSession(req: Request): Promise<void> {
  try {
    await callStore(req, (done) => req.session.reload(done));
  } catch (error) {
    // express-session's own error for a session that is not there has neither a class nor a code.
    if (error instanceof Error && error.message === 'failed to load session') return;
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

// What happens to a session in a request, as promises that fail when the store does. A success is answered only
// afterwards: express-session on its own stores at the end of an answer that already says 200.

import type { Request } from 'express';
import { SessionGone } from 'merging-redis-store';
import { forgetSession } from '../http/error-responses.ts';
import type { SessionUser } from './session-data.ts';
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
  // A session without a beginning was made for this request and never stored.
  if (req.session.createdAt === undefined) return;
  await callStore(req, (done) => req.session.destroy(done));
}

/**
 * Logs in: a new id, so that an id that somebody planted or saw before is worth nothing (session fixation), the old
 * one gone from the store, and what the guest had kept. Stored when it resolves.
 * @throws {SessionsUnavailable} and then nobody is logged in
 */
export async function startUserSession(req: Request, user: SessionUser, now: number): Promise<void> {
  if (req.session.createdAt !== undefined) await reloadSession(req);
  // A guest's things become the user's. Another user's, who was logged in here before, do not.
  const isOwn = req.session.user === undefined || req.session.user.id === user.id;
  const kept = Object.entries(req.session).filter(([key]) => isOwn && key.startsWith('cart:'));
  await callStore(req, (done) => req.session.regenerate(done));
  Object.assign(req.session, Object.fromEntries(kept), { user, createdAt: now });
  await saveSession(req);
}

/**
 * Loads what other requests have left in the session since this one began: checking a password takes so long that a
 * guest's cart may have changed. A session that has ended by now stays as this request knows it.
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
    // Else express-session would send the dead session's cookie along with the refusal.
    if (error instanceof SessionGone) forgetSession(req);
    throw toHttpError(error, wasUser);
  }
}

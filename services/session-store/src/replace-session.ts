// A login gives the user's session a new id (session fixation). express-session's `regenerate` deletes the old session
// first and leaves it to the app to store the new one: where that fails, the user has neither.

import type { Request } from 'express';
import type { Session, SessionData } from 'express-session';

/** A session as a request has it. */
export type RequestSession = Session & Partial<SessionData>;

export interface ReplaceSessionOptions {
  /**
   * Whether the old session may be in the store. Default true. `false` spares the deletion, and is for an app that knows
   * that the old session was made for this request and never stored. If that is wrong, the old id stays valid.
   */
  readonly oldIsStored?: boolean;
}

/**
 * Gives the request a new session, with a new id, in place of the one that it has: what a login needs. Works with any
 * store of express-session, and only when express-session has loaded the request's session.
 *
 * The new session is stored first, then the old one is deleted. It resolves when both are done, with the new session. If
 * either fails, it rejects with the store's error, and:
 * - the request has its old session and its old id again;
 * - the old session is in the store as it was, if the new one could not be stored. If it could not be deleted, it may be
 *   in the store or not, because Redis may carry out a deletion whose answer was lost;
 * - a new session that may have been stored is deleted, without waiting for it. If that fails too, it ends at its time.
 *   Nobody knows its id.
 *
 * So a login is never answered as done while the old id is still valid, and may be repeated if it failed.
 *
 * @param fill puts into the new session what it has to hold, such as the user, and what it takes over from the old one. It
 *   must not change the old one. It may be asynchronous.
 * @throws TypeError where the request has no session
 */
export async function replaceSession(
  req: Request,
  fill: (fresh: RequestSession, old: RequestSession) => unknown,
  { oldIsStored = true }: ReplaceSessionOptions = {},
): Promise<RequestSession> {
  const { session: old, sessionID: oldId, sessionStore: store } = req;
  if (!old || !store) throw new TypeError('the request has no session that could be replaced');
  const restore = () => Object.assign(req, { session: old, sessionID: oldId });

  store.generate(req);
  const { session: fresh, sessionID: freshId } = req;
  try {
    await fill(fresh, old);
  } catch (error) {
    restore();
    throw error;
  }
  try {
    await settled((done) => fresh.save(done));
    if (oldIsStored) await settled((done) => store.destroy(oldId, done));
  } catch (error) {
    restore();
    // Whether it is stored is not known. The answer does not depend on it, so nobody waits for this.
    settled((done) => store.destroy(freshId, done)).catch(() => undefined);
    throw error;
  }
  return fresh;
}

function settled(call: (done: (error?: unknown) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve())));
}

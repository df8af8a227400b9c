// express-session, with every option and why.

import type { RequestHandler } from 'express';
import type { Store } from 'express-session';
import session from 'express-session';
import type { SessionCookie } from './cookie.ts';
import { toHttpError } from './store-errors.ts';

export interface SessionOptions {
  readonly store: Store;
  readonly cookie: SessionCookie;
  /** The first signs, all verify. */
  readonly secrets: readonly string[];
  /** Idle timeout in milliseconds. */
  readonly idleMs: number;
}

/** Puts the session of the request's cookie, or a new one that is not stored until it holds something, at req.session. */
export function loadSession({ store, cookie, secrets, idleMs }: SessionOptions): RequestHandler {
  const middleware = session({
    store,
    name: cookie.name,
    secret: [...secrets],
    // maxAge is the idle timeout in both places: the store derives the entry's TTL from it, and the browser the
    // cookie's end. (express-session sends it as Expires only, so a browser whose clock is wrong ends it too soon or late.)
    cookie: { ...cookie.attributes, maxAge: idleMs },
    // Send the cookie anew with each answer. Otherwise the browser would count from the login, and log out a user whom
    // the store, which is refreshed by each request, still knows. The answers are not to be cached anyway.
    rolling: true,
    // Do not write back what was only read: that would undo what another instance has written in the meantime.
    resave: false,
    // No session, and no cookie, for who only looks around.
    saveUninitialized: false,
    // A request that lets go of req.session, as failed ones do here, leaves the stored session alone. Logout destroys.
    unset: 'keep',
  });

  return (req, res, next) => {
    // Nothing leaves before the answer is complete. express-session sends an answer but for its last byte, and that when the
    // store has replied. Should the instance die in between, the client gets half an answer, and the proxy, which has
    // handed on the first half already, cannot ask another instance. `res.end()` undoes the cork.
    res.cork();

    let loaded = false;
    middleware(req, res, (error?: unknown) => {
      if (!loaded) {
        loaded = true;
        next(toHttpError(error));
        return;
      }
      // express-session calls a second time when storing or refreshing fails at the end of the answer. There is nobody
      // to tell any more, and `next` would run the error handler on an answer that is already out: whatever must be
      // stored is therefore stored before it is answered, see request-session.ts.
      req.log.warn({ err: error }, 'a session was not stored at the end of its request');
    });
  };
}

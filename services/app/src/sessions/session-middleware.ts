// express-session with its options, and the reason for each.

import type { RequestHandler } from 'express';
import type { Store } from 'express-session';
import session from 'express-session';
import type { SessionCookie } from './cookie.ts';
import { type SessionKeyForm, sessionIds } from './new-session-id.ts';
import { signAnew } from './secret-rotation.ts';
import { toHttpError } from './store-errors.ts';

export interface SessionOptions {
  readonly store: Store;
  readonly cookie: SessionCookie;
  /** The first signs, all verify. */
  readonly secrets: readonly string[];
  /** Idle timeout in milliseconds. */
  readonly idleMs: number;
  /** Absolute timeout in milliseconds. */
  readonly absoluteMs: number;
  /** Whether the store itself ends a session that is not used. */
  readonly storeEndsIdle: boolean;
  /** Of the sessions that are made. All are read. */
  readonly keyForm: SessionKeyForm;
}

/** Sets `req.session`: the session of the request's cookie, or a new one that is not stored until it holds something. */
export function loadSession(options: SessionOptions): RequestHandler {
  const { store, cookie, secrets, idleMs, absoluteMs, storeEndsIdle, keyForm } = options;
  const middleware = session({
    store,
    name: cookie.name,
    secret: [...secrets],
    genid: sessionIds(keyForm),
    // The tutorials' maxAge is the idle timeout, in the store and in the browser, and their cookie is sent again with each
    // response (`rolling`): otherwise the browser would count from the login, and log out a user whose session in the store
    // still lives. Where the store ends idle sessions by itself, the cookie lives as long as the session may at most, and is
    // sent once, when the session begins. That is less work for each request, and a late response cannot bring back the
    // cookie that another login has replaced. (express-session sends maxAge as Expires only, so a browser whose clock is
    // wrong ends it too early or too late.)
    cookie: { ...cookie.attributes, maxAge: storeEndsIdle ? absoluteMs : idleMs },
    rolling: !storeEndsIdle,
    // Do not write back what was only read: that would undo what another instance has written since.
    resave: false,
    // No session, and no cookie, for somebody who only looks around.
    saveUninitialized: false,
    // A failed request deletes `req.session` (see forgetSession), which must not delete the stored session. Logout
    // destroys it explicitly.
    unset: 'keep',
  });

  const [newest = '', ...older] = secrets;
  // With `rolling`, express-session signs every cookie anew.
  const isRotation = storeEndsIdle && older.length > 0;

  return (req, res, next) => {
    // Nothing is sent before the response is complete. express-session sends all but the last byte of a response, and the
    // last byte when the store has replied. If the instance died in between, the client would get half a response, and
    // the proxy, which has passed on that half already, could not try another instance. `res.end()` undoes the cork.
    res.cork();

    let loaded = false;
    middleware(req, res, (error?: unknown) => {
      if (!loaded) {
        loaded = true;
        const { createdAt } = req.session ?? {};
        if (isRotation && createdAt !== undefined) signAnew(req, res, newest, cookie, createdAt + absoluteMs);
        next(toHttpError(error));
        return;
      }
      // express-session calls a second time when storing or renewing the session fails at the end of the response. By
      // then the response is out: the client cannot be told any more, and `next` would run the error handler on it.
      // Whatever must be stored is therefore stored before the request is answered, see request-session.ts.
      req.log.warn({ err: error }, 'a session was not stored at the end of its request');
    });
  };
}

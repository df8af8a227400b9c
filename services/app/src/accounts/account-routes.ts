// Sign-up, login and logout.

import type { Request } from 'express';
import { Router } from 'express';
import { allowMethods } from '../http/error-responses.ts';
import { ClientError } from '../http/errors.ts';
import { parseBody } from '../http/json-body.ts';
import { clearSessionCookie } from '../sessions/cookie.ts';
import { destroySession, discardSession, startUserSession } from '../sessions/request-session.ts';
import type { SessionUser } from '../sessions/session-data.ts';
import type { AccountDependencies } from './account-dependencies.ts';
import { logAccountEvent } from './account-events.ts';
import { attemptOf, hashFor } from './attempts.ts';
import { loginBody, signUpBody, usernameKey } from './credentials.ts';
import { rehashIfOutdated } from './rehash.ts';
import type { StoredPassword, StoredUser } from './user-rows.ts';
import { UsernameTaken } from './users.ts';

export function accountRoutes(options: AccountDependencies): Router {
  const { users, hasher, throttles, passwordRules, cookie, keepAtLogin, sessionsReady, tagOf, now } = options;
  const signUpRules = signUpBody(passwordRules);
  const logIn = (req: Request, { id, username, epoch }: StoredUser) =>
    startUserSession(req, { id, username, epoch }, keepAtLogin, now());
  // The account is committed when its session is stored. If it were stored alone, the client's second try would fail with
  // "taken".
  const signUp = async (req: Request, username: string, password: StoredPassword) => {
    let login: ReturnType<typeof logIn> | undefined;
    try {
      return await users.add(username, password, (user) => {
        login = logIn(req, user);
        return login;
      });
    } catch (error) {
      // A session of an account that was not committed. Nobody has its cookie, so nobody has to wait for its end.
      login?.then(
        (session) =>
          discardSession(session).catch((err) => req.log.warn({ err }, 'left a session to expire')),
        () => undefined,
      );
      if (error instanceof UsernameTaken) throw new ClientError(409, 'This username is taken.');
      throw error;
    }
  };

  const router = Router();
  router
    .route('/signup')
    .post(async (req, res) => {
      const { username, password } = parseBody(signUpRules, req.body);
      // Spares the work of a hash for what would be refused after it.
      await sessionsReady();
      const user = await throttles.signUp(attemptOf(req), async () =>
        signUp(req, username, await hasher.hash(password, undefined, hashFor(req, res))),
      );
      logAccountEvent(req, 'signup', tagOf, { user: user.id });
      res.status(201).json(answerWith(user));
    })
    .all(allowMethods('POST'));

  router
    .route('/login')
    .post(async (req, res) => {
      const { username, password } = parseBody(loginBody, req.body);
      let user: StoredUser | undefined;
      // The same words, the same work and the same limits for an unknown user, a wrong password and a disabled account:
      // nobody may learn which it was.
      const attempt = { ...attemptOf(req), account: usernameKey(username) };
      const isRight = await throttles.checkPassword(attempt, async () => {
        user = await users.find(username);
        if (user && !hasher.knowsPepper(user.password.pepperVersion)) {
          // Somebody took a pepper away that is still needed.
          req.log.error({ user: user.id, version: user.password.pepperVersion }, 'no pepper of this version');
        }
        return hasher.matches(password, user?.isDisabled ? undefined : user?.password, hashFor(req, res));
      });
      if (!isRight || user === undefined) {
        const reason = user?.isDisabled ? 'disabled account' : user ? 'wrong password' : 'unknown user';
        logAccountEvent(req, 'login_failed', tagOf, { user: user?.id, reason });
        throw new ClientError(401, 'The username or the password is wrong.');
      }
      await logIn(req, user);
      logAccountEvent(req, 'login', tagOf, { user: user.id });
      void rehashIfOutdated(user, password, options, req.log);
      res.json(answerWith(user));
    })
    .all(allowMethods('POST'));

  // 200 also for somebody who is not logged in: a second click, or a retry after a lost response, is no failure.
  router
    .route('/logout')
    .post(async (req, res) => {
      const { user } = req.session;
      const session = tagOf(req.sessionID);
      await destroySession(req);
      if (user) logAccountEvent(req, 'logout', tagOf, { user: user.id, session });
      clearSessionCookie(res, cookie);
      res.json({ status: 'success' });
    })
    .all(allowMethods('POST'));

  return router;
}

/** The user as a client may see it: without the hash. */
function answerWith({ id, username }: SessionUser) {
  return { status: 'success', data: { user: { id, username } } };
}

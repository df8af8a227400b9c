// Sign-up, login and logout.

import type { Request } from 'express';
import { Router } from 'express';
import { allowMethods } from '../http/error-responses.ts';
import { ClientError } from '../http/errors.ts';
import { parseBody } from '../http/json-body.ts';
import type { SessionCookie } from '../sessions/cookie.ts';
import { clearSessionCookie } from '../sessions/cookie.ts';
import { destroySession, discardSession, startUserSession } from '../sessions/request-session.ts';
import type { SessionUser } from '../sessions/session-data.ts';
import type { SessionKeys } from '../sessions/session-keys.ts';
import { loginBody, signUpBody } from './credentials.ts';
import type { PasswordHasher } from './password-hash.ts';
import type { Users } from './users.ts';
import { UsernameTaken } from './users.ts';

export interface AccountOptions {
  readonly users: Users;
  readonly hasher: PasswordHasher;
  readonly cookie: SessionCookie;
  /** What a guest who logs in takes along from the guest's session. */
  readonly keepAtLogin: SessionKeys;
  /** Rejects when a session could not be stored now. */
  readonly sessionsReady: () => Promise<unknown>;
  readonly now: () => number;
}

export function accountRoutes(options: AccountOptions): Router {
  const { users, hasher, cookie, keepAtLogin, sessionsReady, now } = options;
  const logIn = (req: Request, { id, username }: SessionUser) =>
    startUserSession(req, { id, username }, keepAtLogin, now());
  // The account is committed when its session is stored. If it were stored alone, the client's second try would fail with
  // "taken".
  const signUp = async (req: Request, username: string, passwordHash: string) => {
    let login: ReturnType<typeof logIn> | undefined;
    try {
      return await users.add(username, passwordHash, (user) => {
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
      const { username, password } = parseBody(signUpBody, req.body);
      // Spares the work of a hash for what would be refused after it.
      await sessionsReady();
      const passwordHash = await hasher.hash(password);
      res.status(201).json(answerWith(await signUp(req, username, passwordHash)));
    })
    .all(allowMethods('POST'));

  router
    .route('/login')
    .post(async (req, res) => {
      const { username, password } = parseBody(loginBody, req.body);
      const user = await users.find(username);
      // The same words and the same work for an unknown user and a wrong password: nobody may learn which it was.
      if (!(await hasher.matches(password, user?.passwordHash)) || user === undefined) {
        throw new ClientError(401, 'The username or the password is wrong.');
      }
      await logIn(req, user);
      res.json(answerWith(user));
    })
    .all(allowMethods('POST'));

  // 200 also for somebody who is not logged in: a second click, or a retry after a lost response, is no failure.
  router
    .route('/logout')
    .post(async (req, res) => {
      await destroySession(req);
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

// Sign-up, login, logout, and who is logged in.

import type { Request } from 'express';
import { Router } from 'express';
import { allowMethods } from '../http/error-responses.ts';
import { ClientError } from '../http/errors.ts';
import { parseBody } from '../http/json-body.ts';
import type { SessionCookie } from '../sessions/cookie.ts';
import { clearSessionCookie } from '../sessions/cookie.ts';
import { destroySession, startUserSession } from '../sessions/request-session.ts';
import type { SessionUser } from '../sessions/session-data.ts';
import { loginBody, signUpBody } from './credentials.ts';
import type { PasswordHasher } from './password-hash.ts';
import type { Users } from './users.ts';
import { UsernameTaken } from './users.ts';

export interface AccountOptions {
  readonly users: Users;
  readonly hasher: PasswordHasher;
  readonly cookie: SessionCookie;
  /** Rejects when a session could not be stored now. */
  readonly sessionsReady: () => Promise<unknown>;
  readonly now: () => number;
}

export function accountRoutes({ users, hasher, cookie, sessionsReady, now }: AccountOptions): Router {
  const logIn = async (req: Request, { id, username }: SessionUser) => {
    await startUserSession(req, { id, username }, now());
    return { status: 'success', data: { user: { id, username } } };
  };

  const router = Router();
  router
    .route('/signup')
    .post(async (req, res) => {
      const { username, password } = parseBody(signUpBody, req.body);
      // An account without the session that belongs to it would make the client's second try fail with "taken".
      await sessionsReady();
      const passwordHash = await hasher.hash(password);
      const user = await users.add(username, passwordHash).catch((error: unknown) => {
        if (error instanceof UsernameTaken) throw new ClientError(409, 'This username is taken.');
        throw error;
      });
      res.status(201).json(await logIn(req, user));
    })
    .all(allowMethods('POST'));

  router
    .route('/login')
    .post(async (req, res) => {
      const { username, password } = parseBody(loginBody, req.body);
      const user = await users.find(username);
      // The same words and the same work for an unknown user and a wrong password: who tries must not learn which.
      if (!(await hasher.matches(password, user?.passwordHash)) || user === undefined) {
        throw new ClientError(401, 'The username or the password is wrong.');
      }
      res.json(await logIn(req, user));
    })
    .all(allowMethods('POST'));

  // 200 for who is not logged in, too: afterwards nobody is, which is all that was asked. A second click, or a retry
  // after a lost answer, is no failure.
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

// What only a logged-in user sees. It needs the session alone: users stay logged in while the database is away.

import type { RequestHandler } from 'express';
import { Router } from 'express';
import { allowMethods } from '../http/error-responses.ts';
import { requireUser } from '../sessions/guard.ts';

export function profileRoutes(): Router {
  const answerUser: RequestHandler = (req, res) => {
    res.json({ status: 'success', data: { user: req.session.user } });
  };
  const router = Router();
  for (const path of ['/protected', '/me']) {
    router.route(path).get(requireUser, answerUser).all(allowMethods('GET', 'HEAD'));
  }
  return router;
}

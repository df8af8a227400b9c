// What only a logged-in user sees: who is logged in. Only the session is asked, so it works while the database is down.

import type { RequestHandler } from 'express';
import { Router } from 'express';
import { allowMethods } from '../http/error-responses.ts';
import { requireUser } from '../sessions/guard.ts';

export function profileRoutes(): Router {
  const sendUser: RequestHandler = (req, res) => {
    res.json({ status: 'success', data: { user: req.session.user } });
  };
  const router = Router();
  for (const path of ['/protected', '/me']) {
    router.route(path).get(requireUser, sendUser).all(allowMethods('GET', 'HEAD'));
  }
  return router;
}

// A small cart in the session, for guests too: session data that is not the login.

import { Router } from 'express';
import { z } from 'zod';
import { allowMethods } from '../http/error-responses.ts';
import { parseBody } from '../http/json-body.ts';
import { saveSession } from '../sessions/request-session.ts';
import { addToCart, cartLines, maxLines, removeFromCart } from './cart.ts';

const sku = z
  .string('text')
  .max(64, 'at most 64 characters')
  .regex(/^[A-Za-z0-9][\w.-]*$/, 'letters, digits and . _ - after a letter or digit');
const quantity = z
  .int('a whole number, 1 to 99')
  .min(1, 'a whole number, 1 to 99')
  .max(99, 'a whole number, 1 to 99');
const line = z.object({ sku, quantity }, 'an object with sku and quantity, or a list of them');
const lines = z.array(line).min(1, 'at least one article').max(maxLines, `at most ${maxLines} articles`);

export function cartRoutes(now: () => number): Router {
  const router = Router();
  router
    .route('/cart')
    .get((req, res) => {
      res.json({ status: 'success', data: { items: cartLines(req.session) } });
    })
    .all(allowMethods('GET', 'HEAD'));

  router
    .route('/cart/items')
    .post(async (req, res) => {
      // One article, or a list of them, as when an earlier order is placed again.
      const items = Array.isArray(req.body) ? parseBody(lines, req.body) : [parseBody(line, req.body)];
      addToCart(req.session, items);
      // A guest's session begins when something is first stored in it.
      req.session.createdAt ??= now();
      await saveSession(req);
      res.json({ status: 'success', data: { items: cartLines(req.session) } });
    })
    .all(allowMethods('POST'));

  // 200 also for what is not in the cart: a retry after a lost response is no failure.
  router
    .route('/cart/items/:sku')
    .delete(async (req, res) => {
      if (removeFromCart(req.session, parseBody(sku, req.params.sku))) await saveSession(req);
      res.json({ status: 'success', data: { items: cartLines(req.session) } });
    })
    .all(allowMethods('DELETE'));
  return router;
}

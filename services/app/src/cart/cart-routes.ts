// A small cart in the session, for guests too: session data that is not the login.

import type { Request } from 'express';
import { Router } from 'express';
import { MergeFailed } from 'merging-redis-store';
import { z } from 'zod';
import type { GuestSessions } from '../guests/guest-sessions.ts';
import { allowMethods } from '../http/error-responses.ts';
import { ClientError } from '../http/errors.ts';
import { idempotencyKeyOf } from '../http/idempotency-key.ts';
import { parseBody } from '../http/json-body.ts';
import { reloadSession, saveSession } from '../sessions/request-session.ts';
import { AppliedMeanwhile, digestOf, isApplied, markApplied } from './applied-requests.ts';
import type { CartLine } from './cart.ts';
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

export interface CartOptions {
  readonly guests: GuestSessions;
  /** How many different articles a guest's cart holds. */
  readonly guestLines: number;
  readonly now: () => number;
}

export function cartRoutes(options: CartOptions): Router {
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
      const key = idempotencyKeyOf(req);
      const isReplayed =
        key === undefined ? await add(req, items, options) : await addOnce(req, items, key, options);
      if (isReplayed) res.set('Idempotency-Replayed', 'true');
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

async function add(req: Request, items: readonly CartLine[], options: CartOptions): Promise<false> {
  addToCart(req.session, items, options.guestLines);
  await saveCart(req, options);
  return false;
}

async function saveCart(req: Request, { guests }: CartOptions): Promise<void> {
  // A guest's session begins when something is first stored in it.
  if (req.session.createdAt === undefined) return guests.begin(req);
  try {
    await saveSession(req);
  } catch (error) {
    if (!(error instanceof MergeFailed && error.cause instanceof ClientError)) throw error;
    // Another request has filled the cart in the meantime. This one goes on with what is stored.
    await reloadSession(req);
    throw error.cause;
  }
}

/**
 * Adds to the cart unless a request with the same key has done so before.
 * @returns whether one has: then nothing is added, and the request has the session as it is stored
 */
async function addOnce(
  req: Request,
  items: readonly CartLine[],
  key: string,
  options: CartOptions,
): Promise<boolean> {
  const now = options.now();
  const digest = digestOf(items);
  if (isApplied(req.session, key, digest, now)) return true;
  // In this order: what the cart refuses is not applied, and express-session stores what is in the session at the end.
  addToCart(req.session, items, options.guestLines);
  markApplied(req.session, key, { at: now, digest });
  try {
    await saveCart(req, options);
    return false;
  } catch (error) {
    if (!(error instanceof MergeFailed && error.cause instanceof AppliedMeanwhile)) throw error;
    // The first one was still under way when this one began, as when a frozen Redis continues. It is stored now.
    await reloadSession(req);
    if (isApplied(req.session, key, digest, now)) return true;
    throw error;
  }
}

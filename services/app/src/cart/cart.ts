// The cart's rules: how much a cart may hold, and how articles get into it and out of it.

import type { SessionData } from 'express-session';
import { ClientError } from '../http/errors.ts';
import { cartKey, isLineKey, maxQuantity, skuOf } from './cart-keys.ts';

type Cart = Partial<SessionData>;

export interface CartLine {
  readonly sku: string;
  /** 1 to 99. */
  readonly quantity: number;
}

/** How many different articles a user's cart holds. A session is read with every request, so its size is bounded. */
export const maxLines = 50;

/**
 * How many different articles fit into this session's cart. For guests fewer: anybody can have sessions of guests made.
 * @param guestLines GUEST_CART_LINES
 */
const linesFor = (session: Cart, guestLines: number) => (session.user === undefined ? guestLines : maxLines);

/** What is in the cart, in the order in which it was put there. */
export function cartLines(session: Cart): CartLine[] {
  return Object.entries(session)
    .filter(([key]) => isLineKey(key))
    .map(([key, quantity]) => ({ sku: skuOf(key), quantity: Number(quantity) }));
}

/**
 * Adds the quantities to what the cart holds of these articles: all of them, or none where one does not fit.
 * @throws {ClientError} 409 if there would be more than 99 of one article, or too many different articles
 */
export function addToCart(session: Cart, items: readonly CartLine[], guestLines: number): void {
  const after = new Map(cartLines(session).map(({ sku, quantity }) => [sku, quantity]));
  for (const { sku, quantity } of items) after.set(sku, (after.get(sku) ?? 0) + quantity);
  if ([...after.values()].some((quantity) => quantity > maxQuantity)) {
    throw new ClientError(409, `The cart holds at most ${maxQuantity} of one article.`);
  }
  demandLines(session, after.size, guestLines);
  for (const [sku, quantity] of after) session[cartKey(sku)] = quantity;
}

/** @returns whether the article was in the cart */
export function removeFromCart(session: Cart, sku: string): boolean {
  const key = cartKey(sku);
  if (session[key] === undefined) return false;
  delete session[key];
  return true;
}

/**
 * The cart's rules for what two requests have added at the same time.
 * @throws {ClientError} 409 if there are too many different articles
 */
export function checkCart(session: Cart, guestLines: number): void {
  demandLines(session, cartLines(session).length, guestLines);
}

function demandLines(session: Cart, lines: number, guestLines: number): void {
  const most = linesFor(session, guestLines);
  if (lines <= most) return;
  const advice = most < maxLines ? ` After a login it holds ${maxLines}.` : '';
  throw new ClientError(409, `The cart holds at most ${most} different articles.${advice}`);
}

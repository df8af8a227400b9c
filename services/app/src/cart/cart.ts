// The cart's rules. Its lines are the session's keys `cart:<sku>`, see sessions/session-data.ts.

import type { SessionData } from 'express-session';
import { ClientError } from '../http/errors.ts';

export interface CartLine {
  readonly sku: string;
  /** 1 to 99. */
  readonly quantity: number;
}

/** A session is read with every request, so what it holds is bounded. */
export const maxLines = 50;
export const maxQuantity = 99;

type Cart = Partial<SessionData>;

/** What is in the cart, in the order in which it was put there. */
export function cartLines(session: Cart): CartLine[] {
  return Object.entries(session)
    .filter(([key]) => key.startsWith('cart:'))
    .map(([key, quantity]) => ({ sku: key.slice('cart:'.length), quantity: Number(quantity) }));
}

/**
 * Adds all of these to what is there of the same articles, or nothing.
 * @throws {ClientError} 409 if there would be more than 99 of one, or more than 50 different articles
 */
export function addToCart(session: Cart, items: readonly CartLine[]): void {
  const after = new Map(cartLines(session).map(({ sku, quantity }) => [sku, quantity]));
  for (const { sku, quantity } of items) after.set(sku, (after.get(sku) ?? 0) + quantity);
  if ([...after.values()].some((quantity) => quantity > maxQuantity)) {
    throw new ClientError(409, `The cart holds at most ${maxQuantity} of one article.`);
  }
  if (after.size > maxLines)
    throw new ClientError(409, `The cart holds at most ${maxLines} different articles.`);
  for (const [sku, quantity] of after) session[`cart:${sku}`] = quantity;
}

/** Whether it was in the cart. */
export function removeFromCart(session: Cart, sku: string): boolean {
  const key: `cart:${string}` = `cart:${sku}`;
  if (session[key] === undefined) return false;
  delete session[key];
  return true;
}

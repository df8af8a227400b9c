// The cart's keys in a session, and what becomes of one that two requests change at once.

import { addUp, type Resolver } from 'merging-redis-store';
import type { SessionKeys } from '../sessions/session-keys.ts';

declare module 'express-session' {
  interface SessionData {
    /**
     * One line of the cart: the quantity of the article whose SKU follows the colon. Each line is a key of its own, and
     * not an element of one list, so that two requests that add different articles at once write different keys.
     */
    [line: `cart:${string}`]: number;
  }
}

const prefix = 'cart:';

export const maxQuantity = 99;

/** The key of the line of one article. */
export const cartKey = (sku: string) => `${prefix}${sku}` as const;

/** The SKU of a cart's line. */
export const skuOf = (key: string) => key.slice(prefix.length);

/** The sum, cut at what a line may hold. Where nothing is left there is no line. */
const addUpWithinBounds: Resolver = (conflict) => {
  const sum = addUp(conflict);
  if (typeof sum !== 'number') return sum;
  return sum > 0 ? Math.min(sum, maxQuantity) : undefined;
};

export const cartKeys: SessionKeys = {
  includes: (key) => key.startsWith(prefix),
  isValid: (value) => Number.isSafeInteger(value) && Number(value) >= 1,
  // A line is a counter: two requests that each add one add two.
  merge: addUpWithinBounds,
};

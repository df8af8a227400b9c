// The cart's keys in a session, and what becomes of one that two requests change at once.

import { addUp, type Resolver } from 'merging-redis-store';
import type { SessionKeys } from '../sessions/session-keys.ts';
import { isAppliedRequest, isRequestKey, refuseSecond } from './applied-requests.ts';

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

export const isLineKey = (key: string) => key.startsWith(prefix);

/** The SKU of a cart's line. */
export const skuOf = (key: string) => key.slice(prefix.length);

/** The sum, cut at what a line may hold. Where nothing is left there is no line. */
const addUpWithinBounds: Resolver = (conflict) => {
  const sum = addUp(conflict);
  if (typeof sum !== 'number') return sum;
  return sum > 0 ? Math.min(sum, maxQuantity) : undefined;
};

export const cartKeys: SessionKeys = {
  includes: (key) => isLineKey(key) || isRequestKey(key),
  isValid: (key, value) =>
    isRequestKey(key) ? isAppliedRequest(value) : Number.isSafeInteger(value) && Number(value) >= 1,
  resolverFor: (key) => {
    // A line is a counter: two requests that each add one add two.
    if (isLineKey(key)) return addUpWithinBounds;
    return isRequestKey(key) ? refuseSecond : undefined;
  },
};

// What becomes of a key that two requests of one session changed at once. See docs/decisions/sessions-on-redis.md.

import { addUp, type Resolver } from 'merging-redis-store';
import { maxQuantity } from './cart.ts';

/**
 * A line of the cart is a counter: two requests that each add one are two. All other keys (`user`, `createdAt`) are set
 * as a whole, and the later write is right.
 */
export function mergeRuleFor(key: string): Resolver | undefined {
  return key.startsWith('cart:') ? addUpWithinBounds : undefined;
}

/** Where the sum is more than a line may hold it holds that much; where nothing is left there is no line. */
const addUpWithinBounds: Resolver = (conflict) => {
  const sum = addUp(conflict);
  if (typeof sum !== 'number') return sum;
  return sum > 0 ? Math.min(sum, maxQuantity) : undefined;
};

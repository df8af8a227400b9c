import type { Resolver } from 'merging-redis-store';

/**
 * The keys that another part of the app keeps in sessions (the cart), and all that the session code has to know of them.
 * They are handed in, so that nothing here imports that part.
 */
export interface SessionKeys {
  includes(key: string): boolean;
  /** Whether this value, read from the store, can have been written by that part of the app. */
  isValid(value: unknown): boolean;
  /** Decides over one of these keys where two requests changed it at once. */
  readonly merge: Resolver;
}

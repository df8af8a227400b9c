import type { SessionData } from 'express-session';
import type { Resolver } from 'merging-redis-store';

/**
 * The keys that another part of the app keeps in sessions (the cart), and all that the session code has to know of them.
 * They are handed in, so that nothing here imports that part.
 */
export interface SessionKeys {
  includes(key: string): boolean;
  /** Whether this value, read from the store under one of these keys, can have been written by that part of the app. */
  isValid(key: string, value: unknown): boolean;
  /** What decides over one of these keys where two requests changed it at once. `undefined` for any other key. */
  resolverFor(key: string): Resolver | undefined;
  /** Throws where two requests, each within the bounds by itself, have together put too much into a session. */
  checkMerged?(session: Partial<SessionData>): void;
}

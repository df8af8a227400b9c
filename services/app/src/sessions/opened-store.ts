import type { Store } from 'express-session';

/** A session store with its connections. */
export interface OpenedStore {
  readonly store: Store;
  /** Rejects when the store would not answer now. Absent when there is nothing to ask, as with memory. */
  readonly ready?: () => Promise<unknown>;
  /** Closes the connections. Waits for commands that are under way, but not for a store that does not answer. */
  close(): Promise<void>;
}

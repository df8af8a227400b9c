// Hashes passwords: an HMAC with the pepper, then bcrypt in worker threads.

import { createHmac, randomBytes } from 'node:crypto';
import type { Config } from '../config.ts';
import { bcryptInThreads, bcryptOnEventLoop } from './bcrypt.ts';
import { HashQueue } from './hash-queue.ts';

/** Hashes passwords and compares them. Owns worker threads, so it has to be disposed. */
export interface PasswordHasher extends AsyncDisposable {
  /** The hash to store. @throws {HashingOverloaded} */
  hash(password: string): Promise<string>;
  /**
   * Whether the password is the one of this hash. For an unknown user (`undefined`) it answers false after the same work,
   * so that the time of an answer does not tell which users exist.
   * @throws {HashingOverloaded}
   */
  matches(password: string, hash: string | undefined): Promise<boolean>;
}

/** Starts the threads and makes the dummy hash, which takes as long as one hash does. */
export async function openPasswordHasher(config: Config['hashing']): Promise<PasswordHasher> {
  const { pepper, rounds, threads } = config;
  const bcrypt = threads === 0 ? bcryptOnEventLoop() : bcryptInThreads(threads);
  const queue = queueFor(config);
  const dummy = await bcrypt.hash(keyed(randomBytes(32).toString('base64'), pepper), rounds);

  return {
    hash: (password) => queue.run(() => bcrypt.hash(keyed(password, pepper), rounds)),
    matches: async (password, hash) => {
      const equal = await queue.run(() => bcrypt.compare(keyed(password, pepper), hash ?? dummy));
      return equal && hash !== undefined;
    },
    [Symbol.asyncDispose]: () => bcrypt[Symbol.asyncDispose](),
  };
}

/**
 * bcrypt reads 72 bytes and stops at a NUL, so the rest of a long password would be ignored. Base64 of an HMAC-SHA-384 is
 * always 64 characters without a NUL. And whoever steals the table of hashes cannot try passwords without the pepper
 * (OWASP Password Storage Cheat Sheet, "Pre-Hashing Passwords with bcrypt").
 */
function keyed(password: string, pepper: string): string {
  return createHmac('sha384', pepper).update(password, 'utf8').digest('base64');
}

/** On the event loop all run at once, in slices, and none waits, as in an app that calls bcryptjs without a queue. */
function queueFor({ threads, queue: maxWaiting, longestWaitMs }: Config['hashing']): HashQueue {
  if (threads === 0) return new HashQueue({ concurrency: 1 + maxWaiting, maxWaiting: 0, longestWaitMs });
  return new HashQueue({ concurrency: threads, maxWaiting, longestWaitMs });
}

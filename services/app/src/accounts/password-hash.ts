// Passwords: a keyed hash, then bcrypt, away from the event loop.

import { createHmac, randomBytes } from 'node:crypto';
import type { Config } from '../config.ts';
import { Unavailable } from '../operations/errors.ts';
import type { Bcrypt } from './bcrypt.ts';
import { bcryptInThreads, bcryptOnEventLoop } from './bcrypt.ts';

/** As many hashes wait already as may. */
export class HashingOverloaded extends Unavailable {
  override readonly name = 'HashingOverloaded';
}

/** Hashes passwords and compares them. Holds threads, so it has to be closed. */
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
  const { pepper, rounds, threads, queue } = config;
  const bcrypt = bounded(
    threads === 0 ? bcryptOnEventLoop() : bcryptInThreads(threads),
    Math.max(threads, 1) + queue,
  );
  const dummy = await bcrypt.hash(keyed(randomBytes(32).toString('base64'), pepper), rounds);

  return {
    hash: (password) => bcrypt.hash(keyed(password, pepper), rounds),
    matches: async (password, hash) => {
      const equal = await bcrypt.compare(keyed(password, pepper), hash ?? dummy);
      return equal && hash !== undefined;
    },
    [Symbol.asyncDispose]: () => bcrypt[Symbol.asyncDispose](),
  };
}

/**
 * bcrypt reads 72 bytes and stops at a NUL, so long passwords would be cut off without a word. Base64 of an HMAC-SHA-384
 * is 64 characters with no NUL whatever goes in, and without the pepper a stolen table of hashes cannot even be guessed
 * at (OWASP Password Storage Cheat Sheet, "Pre-Hashing Passwords with bcrypt").
 */
function keyed(password: string, pepper: string): string {
  return createHmac('sha384', pepper).update(password, 'utf8').digest('base64');
}

/** Refuses at once what would make more than `limit` hashes run and wait: a queue without end helps no one. */
function bounded(bcrypt: Bcrypt, limit: number): Bcrypt {
  let pending = 0;
  const admit = async <T>(work: () => Promise<T>): Promise<T> => {
    if (pending >= limit) throw new HashingOverloaded('Too many people are logging in.');
    pending += 1;
    try {
      return await work();
    } finally {
      pending -= 1;
    }
  };
  return {
    hash: (text, rounds) => admit(() => bcrypt.hash(text, rounds)),
    compare: (text, hash) => admit(() => bcrypt.compare(text, hash)),
    [Symbol.asyncDispose]: () => bcrypt[Symbol.asyncDispose](),
  };
}

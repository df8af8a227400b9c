// The cost of bcrypt hashes: one more is twice the work.

import { randomBytes } from 'node:crypto';
import { encodeBase64 } from 'bcryptjs';

/** The cost of a hash such as `$2b$12$…`; undefined where the text is no hash of bcrypt. */
export function costOf(hash: string): number | undefined {
  const cost = /^\$2[aby]\$(\d\d)\$.{53}$/.exec(hash)?.[1];
  return cost === undefined ? undefined : Number(cost);
}

/** A hash that no password has, and that takes as long to compare with as a real one of this cost. */
export function decoyOf(cost: number): string {
  const digits = String(cost).padStart(2, '0');
  return `$2b$${digits}$${encodeBase64(randomBytes(16), 16)}${'.'.repeat(31)}`;
}

/**
 * The costs of comparisons that, after one of `done`, bring the work up to one of `wanted`: 2^9 is followed by 2^9, 2^10
 * and 2^11, which together is 2^12.
 */
export function costsUpTo(wanted: number, done: number): number[] {
  return Array.from({ length: Math.max(wanted - done, 0) }, (_, i) => done + i);
}

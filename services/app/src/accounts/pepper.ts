// The pepper: a key that is kept apart from the database and without which no stolen hash can be tried. It has versions,
// so that it can change while users log in.

import { createHmac } from 'node:crypto';
import type { Pepper } from '../settings/peppers.ts';

/**
 * bcrypt reads 72 bytes and stops at a NUL, so the rest of a long password would be ignored. Base64 of an HMAC-SHA-384 is
 * always 64 characters without a NUL. And whoever steals the table of hashes cannot try passwords without the pepper
 * (OWASP Password Storage Cheat Sheet, "Pre-Hashing Passwords with bcrypt").
 */
export function keyed(password: string, { key }: Pepper): string {
  return createHmac('sha384', key).update(password, 'utf8').digest('base64');
}

// What a username and a password may be.

import { z } from 'zod';

/** Characters as people count them, not UTF-16 units: an emoji is one. */
const characters = (text: string) => [...text].length;

/**
 * 3 to 64 characters, kept in Unicode's composed form (NFC), so that ü typed on two keyboards is one ü. No blanks and
 * nothing invisible: control and format characters, unassigned ones, halves of surrogate pairs.
 */
const username = z
  .string('text')
  .max(1024, '3 to 64 characters')
  .transform((text) => text.normalize('NFC'))
  .refine((text) => characters(text) >= 3 && characters(text) <= 64, '3 to 64 characters')
  .refine((text) => !/[\p{C}\p{Z}]/u.test(text), 'no blanks and no control characters');

/** 8 to 256 characters, taken exactly as sent. */
const password = z
  .string('text')
  .refine((text) => characters(text) >= 8 && characters(text) <= 256, '8 to 256 characters');

export const signUpBody = z.object({ username, password }, 'an object with username and password');

/**
 * Less strict than at sign-up, so that users who signed up under older rules can still log in. What is longer than any
 * user's can be is refused all the same, and so is a NUL character, which a Postgres text cannot hold.
 */
export const loginBody = z.object(
  {
    username: z
      .string('text')
      .refine((text) => text !== '' && characters(text) <= 64, '1 to 64 characters')
      .refine((text) => !text.includes('\0'), 'no control characters'),
    password: z
      .string('text')
      .refine((text) => text !== '' && characters(text) <= 256, '1 to 256 characters'),
  },
  'an object with username and password',
);

/**
 * Usernames with the same key are the same. Ignored are case and variants of one character (NFKC: ﬁ and fi, full width
 * and half width). Computed here, because what Postgres' lower() does depends on how the database was created.
 */
export function usernameKey(username: string): string {
  return username.normalize('NFKC').toLowerCase().normalize('NFKC');
}

// What a username and a password may be.

import { z } from 'zod';
import type { IsCommonPassword } from './common-passwords.ts';

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

/** What a deployment demands of a new password. */
export interface PasswordRules {
  /** In characters. */
  readonly minLength: number;
  readonly isCommon: IsCommonPassword;
}

/** Far more than people type, and short enough that nobody can make the app work on megabytes. */
const maxLength = 256;

/**
 * A half of a surrogate pair is no character. As UTF-8 all of them are the same replacement character, so that passwords
 * that differ only in them would have one hash.
 */
const wholeCharacters = (text: string) => text.isWellFormed();
const surrogateMessage = 'no half of a surrogate pair';

/** Taken exactly as sent. */
const newPassword = ({ minLength, isCommon }: PasswordRules) => {
  const expected = `${minLength} to ${maxLength} characters`;
  return z
    .string('text')
    .refine((text) => characters(text) >= minLength && characters(text) <= maxLength, expected)
    .refine(wholeCharacters, surrogateMessage)
    .refine((text) => !isCommon(text), 'not one of the passwords that many people use');
};

/** A password that was given before: less strict, so that users who chose it under older rules can still log in. */
const givenPassword = z
  .string('text')
  .refine((text) => text !== '' && characters(text) <= maxLength, `1 to ${maxLength} characters`)
  .refine(wholeCharacters, surrogateMessage);

const usernameMessage = 'not the username, forwards or backwards, and not with more around it';

/** Whether the username, in any case and form, is in the password, or backwards is the password. */
function namesUser(password: string, username: string): boolean {
  const [word, name] = [usernameKey(password), usernameKey(username)];
  return word.includes(name) || word === [...name].reverse().join('');
}

export const signUpBody = (rules: PasswordRules) =>
  z
    .object({ username, password: newPassword(rules) }, 'an object with username and password')
    .refine(({ username, password }) => !namesUser(password, username), {
      path: ['password'],
      error: usernameMessage,
    });

/** @param username of the user who changes the password */
export const passwordBody = (rules: PasswordRules, username: string) =>
  z
    .object(
      { currentPassword: givenPassword, newPassword: newPassword(rules) },
      'an object with currentPassword and newPassword',
    )
    .refine(({ newPassword }) => !namesUser(newPassword, username), {
      path: ['newPassword'],
      error: usernameMessage,
    })
    .refine(({ currentPassword, newPassword }) => newPassword !== currentPassword, {
      path: ['newPassword'],
      error: 'another one than the current password',
    });

/**
 * Less strict than at sign-up, so that users who signed up under older rules can still log in. What is longer than any
 * user's can be is refused all the same, and so is a NUL character, which a Postgres text cannot hold.
 */
export const loginBody = z.object(
  {
    username: z
      .string('text')
      .refine((text) => text !== '' && characters(text) <= 64, '1 to 64 characters')
      .refine((text) => !text.includes('\0'), 'no control characters')
      .refine(wholeCharacters, surrogateMessage),
    password: givenPassword,
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

import { describe, expect, test } from '@jest/globals';
import { loginBody, signUpBody, usernameKey } from '../../../services/app/src/accounts/credentials.ts';

const password = 'password';
const accepts = (username: unknown) => signUpBody.safeParse({ username, password }).success;

describe('a username', () => {
  test.each([
    ['three characters', 'ann'],
    ['64 characters', 'x'.repeat(64)],
    ['64 characters outside of the basic plane', '𝒳'.repeat(64)],
    ['an address', 'ann@example.com'],
    ['another script', 'Ωμέγα'],
  ])('may be %s', (_what, username) => {
    expect(accepts(username)).toBe(true);
  });

  test.each([
    ['two characters', 'an'],
    ['65 characters', 'x'.repeat(65)],
    ['megabytes', 'x'.repeat(3_000_000)],
    ['with a blank', 'ann lee'],
    ['with a NUL', 'ann\0'],
    ['with a line feed', 'ann\nlee'],
    ['with an invisible character', 'ann\u200b'],
    ['half of a surrogate pair', 'ann\ud800'],
    ['a number', 42],
    ['a list', ['ann']],
    ['an object', { $gt: '' }],
    ['null', null],
    ['nothing', undefined],
  ])('may not be %s', (_what, username) => {
    expect(accepts(username)).toBe(false);
  });

  test('is kept in its composed form', () => {
    expect(signUpBody.parse({ username: 'u\u0308ber', password }).username).toBe('\u00fcber');
  });

  test.each([
    ['Ann', 'aNN'],
    ['\u00fcber', 'U\u0308BER'],
    ['ﬁona', 'FIONA'],
    ['ＡＮＮ', 'ann'],
  ])('is the same whatever its case and form: %s, %s', (one, other) => {
    expect(usernameKey(one)).toBe(usernameKey(other));
  });
});

describe('a password', () => {
  const accepts = (password: unknown) => signUpBody.safeParse({ username: 'ann', password }).success;

  test.each([
    ['8 characters', '12345678'],
    ['256 characters', 'x'.repeat(256)],
    ['anything', ' \0\t\u0308\ud83d\ude00ß  x'],
  ])('may be %s, and is taken as it is', (_what, password) => {
    expect(signUpBody.parse({ username: 'ann', password }).password).toBe(password);
  });

  test.each([
    ['7 characters', '1234567'],
    ['257 characters', 'x'.repeat(257)],
    ['a list', ['password']],
    ['a number', 12345678],
    ['nothing', undefined],
  ])('may not be %s', (_what, password) => {
    expect(accepts(password)).toBe(false);
  });
});

test('a login that no user can have is refused before any work', () => {
  expect(loginBody.safeParse({ username: 'x'.repeat(65), password }).success).toBe(false);
  expect(loginBody.safeParse({ username: 'ann\0', password }).success).toBe(false);
  expect(loginBody.safeParse({ username: 'ann', password: 'x'.repeat(257) }).success).toBe(false);
  expect(loginBody.safeParse({ username: 'ann', password: '' }).success).toBe(false);
  expect(loginBody.safeParse({ username: 'x', password: 'y' }).success).toBe(true);
});

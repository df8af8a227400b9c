import { describe, expect, test } from '@jest/globals';
import { loadCommonPasswords } from '../../../services/app/src/accounts/common-passwords.ts';
import {
  loginBody,
  passwordBody,
  signUpBody,
  usernameKey,
} from '../../../services/app/src/accounts/credentials.ts';

const password = 'correct horse';
const rules = { minLength: 8, isCommon: await loadCommonPasswords() };
const signUp = signUpBody(rules);
const accepts = (username: unknown) => signUp.safeParse({ username, password }).success;

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
    expect(signUp.parse({ username: 'u\u0308ber', password }).username).toBe('\u00fcber');
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
  const problemsOf = (password: unknown, username = 'hannelore') => {
    const { error } = signUp.safeParse({ username, password });
    return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
  };

  test.each([
    ['8 characters', 'r7!kQ2;v'],
    ['256 characters', 'x'.repeat(256)],
    ['anything', ' \0\t\u0308\ud83d\ude00ß  x'],
    ['several lines of which one is common', 'password\npassword'],
  ])('may be %s, and is taken as it is', (_what, password) => {
    expect(signUp.parse({ username: 'hannelore', password }).password).toBe(password);
  });

  test.each([
    ['7 characters', '1234567'],
    ['257 characters', 'x'.repeat(257)],
    ['7 characters outside of the basic plane', '😀'.repeat(7)],
  ])('may not be %s', (_what, password) => {
    expect(problemsOf(password)).toEqual(['password: 8 to 256 characters']);
  });

  test.each([
    ['a list', ['password']],
    ['a number', 12345678],
    ['nothing', undefined],
  ])('may not be %s', (_what, password) => {
    expect(problemsOf(password)).toEqual(['password: text']);
  });

  test('has the least length that the deployment asks for', () => {
    const strict = signUpBody({ ...rules, minLength: 15 });
    const accepts = (password: string) => strict.safeParse({ username: 'ann', password }).success;
    expect(accepts('correct horses')).toBe(false);
    expect(accepts('correct horses!')).toBe(true);
  });

  test.each(['password', 'PassWord', 'iloveyou', 'qwertyuiop', 'passwordpassword', '1qaz2wsx3edc4rfv'])(
    'may not be one that many people use: %s',
    (password) => {
      expect(problemsOf(password)).toEqual(['password: not one of the passwords that many people use']);
    },
  );

  test.each([
    ['it', 'hannelore'],
    ['it in another case', 'HANNElore'],
    ['it in another form', 'ｈａｎｎｅｌｏｒｅ'],
    ['it with more around', '7hannelore7'],
    ['it backwards', 'erolennah'],
  ])('may not be the username: %s', (_what, password) => {
    expect(problemsOf(password)).toEqual([
      'password: not the username, forwards or backwards, and not with more around it',
    ]);
  });

  test.each(['\ud800correct horse', 'correct horse\udfff'])(
    'may not have half of a surrogate pair',
    (password) => {
      expect(problemsOf(password)).toEqual(['password: no half of a surrogate pair']);
    },
  );
});

test('a new password keeps to the same rules, and is another one', () => {
  const body = passwordBody(rules, 'hannelore');
  const problemsOf = (newPassword: string) =>
    body.safeParse({ currentPassword: 'old one', newPassword }).error?.issues.map(({ path }) => path[0]) ??
    [];
  expect(problemsOf('correct horse')).toEqual([]);
  for (const refused of ['short', 'password', 'hannelore!'])
    expect(problemsOf(refused)).toEqual(['newPassword']);
  const same = { currentPassword: 'correct horse', newPassword: 'correct horse' };
  expect(body.safeParse(same).success).toBe(false);
});

test('a login that no user can have is refused before any work', () => {
  expect(loginBody.safeParse({ username: 'x'.repeat(65), password }).success).toBe(false);
  expect(loginBody.safeParse({ username: 'ann\0', password }).success).toBe(false);
  expect(loginBody.safeParse({ username: 'ann', password: 'x'.repeat(257) }).success).toBe(false);
  expect(loginBody.safeParse({ username: 'ann', password: '' }).success).toBe(false);
  expect(loginBody.safeParse({ username: 'ann', password: '\ud800' }).success).toBe(false);
  expect(loginBody.safeParse({ username: 'ann\ud800', password }).success).toBe(false);
  expect(loginBody.safeParse({ username: 'x', password: 'y' }).success).toBe(true);
});

import { describe, expect, test } from '@jest/globals';
import type { SessionData } from 'express-session';
import { DamagedSession, parseStored, storedAlike } from '../../services/session-store/src/stored-session.ts';
import { taggedSerializer } from './tagged-serializer.ts';

describe('Two values', () => {
  test('are stored alike where the serializer makes the same text of them', () => {
    const alike = storedAlike(taggedSerializer);
    expect(alike(new Date(1), new Date(1))).toBe(true);
    expect(alike(new Date(1), new Date(2))).toBe(false);
    expect(alike(new Set(['a']), new Set(['a']))).toBe(true);
  });

  test('are taken for different where the serializer cannot write one of them', () => {
    const alike = storedAlike(JSON);
    expect(alike(1n, 1n)).toBe(false);
    expect(alike('1', 1n)).toBe(false);
  });
});

describe('What is stored is damaged', () => {
  const damage = async (text: unknown, parse: (text: string) => unknown = JSON.parse) => {
    const serializer = { parse: (of: string) => parse(of) as SessionData, stringify: JSON.stringify };
    return parseStored(text, serializer, 'read').catch((error: unknown) => error);
  };

  test.each<[string, unknown]>([
    ['a number', 5],
    ['nothing', null],
    ['bytes', Buffer.from('{"cookie":{}}')],
  ])('where it is no text: %s', async (_, text) => {
    expect(await damage(text)).toBeInstanceOf(DamagedSession);
  });

  test('where the serializer throws, and the error quotes nothing of it', async () => {
    const error = await damage('secret', () => {
      throw new RangeError('cannot read: secret');
    });
    expect(error).toEqual(new DamagedSession('the serializer cannot read its 6 characters'));
    expect(error).toMatchObject({ cause: 'RangeError' });
  });

  test('where the serializer throws what is no error', async () => {
    const error = await damage('secret', () => {
      throw 'secret';
    });
    expect(error).toBeInstanceOf(DamagedSession);
    expect(error).toMatchObject({ cause: undefined });
  });

  test('where it has no cookie of its own', async () => {
    expect(await damage('{}')).toBeInstanceOf(DamagedSession);
    expect(await damage('{}', () => Object.create({ cookie: {} }))).toBeInstanceOf(DamagedSession);
  });
});

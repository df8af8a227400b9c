import { runInNewContext } from 'node:vm';
import { describe, expect, jest, test } from '@jest/globals';
import { isPlain, isRecord, own, sameValue } from '../../services/session-store/src/same-value.ts';

const never = () => {
  throw new Error('plain data is compared without the serializer');
};

describe('Two values of plain data are equal', () => {
  test.each<[string, unknown, unknown]>([
    ['that are the same text or number', 'a', 'a'],
    ['that are both not a number', Number.NaN, Number.NaN],
    ['that are both absent', undefined, undefined],
    ['that are both null', null, null],
    ['that are empty objects', {}, {}],
    ['that are empty arrays', [], []],
    ['whose keys have another order', { a: 1, b: { c: [1, { d: 2 }] } }, { b: { c: [1, { d: 2 }] }, a: 1 }],
    ['of which one has no prototype', { a: 1 }, Object.assign(Object.create(null), { a: 1 })],
    ['of which one comes from another context', { a: 1 }, runInNewContext('({ a: 1 })')],
  ])('%s', (_, a, b) => {
    expect(sameValue(a, b, never)).toBe(true);
    expect(sameValue(b, a, never)).toBe(true);
  });
});

describe('Two values of plain data differ', () => {
  test.each<[string, unknown, unknown]>([
    ['where one is a number and one its text', 1, '1'],
    ['where one is null and one an object', null, {}],
    ['where one is absent and one null', undefined, null],
    ['where one is a text and one an array of it', 'a', ['a']],
    ['where one is an array and one an object', [], {}],
    ['where one is an array and one an object with its keys', ['a'], { 0: 'a' }],
    ['where one has a member more', { a: 1 }, { a: 1, b: 1 }],
    ['where one has a member more that is undefined', { a: 1 }, { a: 1, b: undefined }],
    ['where the members have other names', { a: undefined }, { b: undefined }],
    ['where a member is inherited', { constructor: Object }, { a: 1 }],
    ['where the last member differs', { a: 1, b: 2 }, { a: 1, b: 3 }],
    ['where the first member differs', { a: 1, b: 2 }, { a: 2, b: 2 }],
    ['deep inside', { a: [{ b: 1 }] }, { a: [{ b: 2 }] }],
  ])('%s', (_, a, b) => {
    expect(sameValue(a, b, never)).toBe(false);
    expect(sameValue(b, a, never)).toBe(false);
  });
});

describe('Values of a class', () => {
  const day = () => new Date('2030-01-01');

  test.each<[string, unknown, unknown]>([
    ['as they are', day(), day()],
    ['beside a plain object', day(), {}],
    ['inside of an object, before what is the same', { day: day(), a: 1 }, { day: day(), a: 1 }],
    ['inside of an array, after what is the same', [1, day()], [1, day()]],
  ])('are left to the serializer, which gets all of both: %s', (_, a, b) => {
    for (const answer of [true, false]) {
      const sameStored = jest.fn(() => answer);
      expect(sameValue(a, b, sameStored)).toBe(answer);
      expect(sameStored.mock.calls).toEqual([[a, b]]);
    }
  });

  test('are not looked at where plain data beside them differs', () => {
    expect(sameValue({ day: day(), a: 1 }, { day: day(), a: 2 }, never)).toBe(false);
    expect(sameValue({ a: 1, day: day() }, { a: 2, day: day() }, never)).toBe(false);
    expect(sameValue({ day: day() }, { day: 1 }, never)).toBe(false);
    expect(sameValue(day(), [], never)).toBe(false);
  });
});

test('Plain is what a literal or JSON.parse makes, also in another context, and no instance of a class', () => {
  class Cart {}
  expect([{}, [], Object.create(null), runInNewContext('({})')].map(isPlain)).toEqual([
    true,
    false,
    true,
    true,
  ]);
  expect([new Cart(), new Date(), new Map()].map(isPlain)).toEqual([false, false, false]);
});

test('A record is an object, and no array', () => {
  expect([{}, new Date()].map(isRecord)).toEqual([true, true]);
  expect([null, undefined, [], 'text', 1, () => 1].map(isRecord)).toEqual(Array(6).fill(false));
});

test('A value that an object does not have itself is absent', () => {
  expect(own({ a: 1 }, 'a')).toBe(1);
  expect(own({}, 'constructor')).toBeUndefined();
});

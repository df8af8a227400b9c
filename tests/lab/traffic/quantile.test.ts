import { expect, test } from '@jest/globals';
import { quantile } from '../../../services/lab/src/traffic/quantile.ts';

test.each([
  ['a value where a rank is whole', [10, 20, 30, 40, 50], 0.25, 20],
  ['the straight line between two ranks', [1, 2, 3, 4], 0.25, 1.75],
  ['the mean of the middle two for the median of an even number', [1, 2, 3, 10], 0.5, 2.5],
  ['the smallest for 0', [1, 2, 3], 0, 1],
  ['the largest for 1', [1, 2, 3], 1, 3],
  ['the only value', [7], 0.99, 7],
  ['the value below the largest for p99 of 0 to 100', Array.from({ length: 101 }, (_, n) => n), 0.99, 99],
  ['infinity between two infinite values', [1, Infinity, Infinity], 0.75, Infinity],
])('is %s', (_what, sorted, share, expected) => {
  expect(quantile(sorted, share)).toBe(expected);
});

test('does not exist without a value', () => {
  expect(() => quantile([], 0.5)).toThrow(RangeError);
});

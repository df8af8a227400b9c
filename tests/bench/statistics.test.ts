import { describe, expect, test } from '@jest/globals';
import { measureInRounds, shuffled } from '../../services/bench/src/rounds.ts';
import { ratiosWithinRounds, spreadOf } from '../../services/bench/src/statistics.ts';

describe('the spread of several values', () => {
  test.each([
    ['an odd number', [5, 1, 4, 2, 3], { min: 1, q1: 2, median: 3, q3: 4, max: 5 }],
    ['an even number', [4, 1, 3, 2], { min: 1, q1: 1.75, median: 2.5, q3: 3.25, max: 4 }],
    ['a single one', [7], { min: 7, q1: 7, median: 7, q3: 7, max: 7 }],
    ['numbers that sort otherwise as text', [9, 10, 100], { min: 9, q1: 9.5, median: 10, q3: 55, max: 100 }],
    ['an infinite one', [1, 2, Infinity], { min: 1, q1: 1.5, median: 2, q3: Infinity, max: Infinity }],
  ])('is right for %s', (_what, values, spread) => {
    expect(spreadOf(values)).toEqual({ ...spread, values });
  });

  test.each([[[]], [[1, Number.NaN]]])('does not exist for %j', (values) => {
    expect(() => spreadOf(values)).toThrow(RangeError);
  });
});

describe('ratios within rounds', () => {
  test('do not notice that the machine was slow for a whole round', () => {
    expect(ratiosWithinRounds([200, 20, 220], [100, 10, 110])).toEqual([2, 2, 2]);
  });

  test('are refused where the rounds do not belong together', () => {
    expect(() => ratiosWithinRounds([1, 2], [1])).toThrow('2 rounds cannot be compared with 1');
  });
});

describe('rounds', () => {
  test('measure each candidate once in each round, one after the other', async () => {
    const order: string[] = [];
    let running = 0;
    const measured = await measureInRounds(3, ['a', 'b', 'c'], async (name, round) => {
      expect(++running).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      order.push(name);
      return `${name}${round}`;
    });
    expect(Object.fromEntries(measured)).toEqual({
      a: ['a1', 'a2', 'a3'],
      b: ['b1', 'b2', 'b3'],
      c: ['c1', 'c2', 'c3'],
    });
    for (const round of [0, 3, 6]) expect(order.slice(round, round + 3).toSorted()).toEqual(['a', 'b', 'c']);
  });

  test('come in every order, each as often as the others', () => {
    const times = new Map<string, number>();
    for (let n = 0; n < 6_000; n++) {
      const order = shuffled(['a', 'b', 'c']).join('');
      times.set(order, (times.get(order) ?? 0) + 1);
    }
    expect([...times.keys()].toSorted()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
    for (const count of times.values()) expect(Math.abs(count - 1_000)).toBeLessThan(200); // six standard deviations
  });
});

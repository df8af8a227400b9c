import { describe, expect, test } from '@jest/globals';
import { decide, type Recommendation, recommend } from '../../../services/lab/src/autoscaler/decision.ts';

const rule = { target: 100, min: 1, max: 100, scaleDownWindowSeconds: 0 };

describe('the formula', () => {
  test.each([
    // The examples in Kubernetes' own documents: twice the target doubles, half of it halves …
    ['200m for a target of 100m', { instances: 3, metric: 200 }, {}, 6],
    ['50m for a target of 100m', { instances: 4, metric: 50 }, {}, 2],
    // … 90 % for a target of 75 % makes 60 of 50 (the announcement of the configurable tolerance) …
    ['90 % for a target of 75 %', { instances: 50, metric: 90 }, { target: 75 }, 60],
    // … and the reference of `tolerance`: at 100 MiB and 5 %, only below 95 MiB; at 1 %, only above 101 MiB.
    ['95 MiB for 100 MiB, tolerance 5 %', { instances: 40, metric: 95 }, { tolerance: 0.05 }, 40],
    ['94 MiB for 100 MiB, tolerance 5 %', { instances: 40, metric: 94 }, { tolerance: 0.05 }, 38],
    ['101 MiB for 100 MiB, tolerance 1 %', { instances: 40, metric: 101 }, { tolerance: 0.01 }, 40],
    ['102 MiB for 100 MiB, tolerance 1 %', { instances: 40, metric: 102 }, { tolerance: 0.01 }, 41],
    // The default tolerance is 10 %, its edges included.
    ['exactly the target', { instances: 5, metric: 100 }, {}, 5],
    ['10 % too much', { instances: 5, metric: 110 }, {}, 5],
    ['a little more than 10 % too much', { instances: 5, metric: 111 }, {}, 6],
    ['10 % too little', { instances: 50, metric: 90 }, {}, 50],
    ['a little more than 10 % too little', { instances: 50, metric: 89 }, {}, 45],
    // Rounded up: too many rather than too few.
    ['1 % more than two can carry', { instances: 1, metric: 201 }, {}, 3],
    ['a quotient that floating point makes more than 29', { instances: 7, metric: 290 }, { target: 70 }, 29],
    ['no load', { instances: 4, metric: 0 }, {}, 0],
    // New instances: idle where there is too much to do, on target where there is too little; and never the opposite of it.
    ['200 on two of four, the others new', { instances: 4, metric: 200, measured: 2 }, {}, 4],
    ['300 on two of four, the others new', { instances: 4, metric: 300, measured: 2 }, {}, 6],
    ['180 on two of four, the others new', { instances: 4, metric: 180, measured: 2 }, {}, 4],
    ['20 on two of four, the others new', { instances: 4, metric: 20, measured: 2 }, {}, 3],
    ['90 on two of four, the others new', { instances: 4, metric: 90, measured: 2 }, {}, 4],
  ])('%s', (_what, measured, change, expected) => {
    expect(recommend({ atSeconds: 0, ...measured }, { ...rule, ...change })).toBe(expected);
  });
});

describe('the decision', () => {
  const at = (atSeconds: number, instances: number, metric: number) => ({ atSeconds, instances, metric });

  test.each([
    ['never more than the maximum', at(0, 2, 900), 3],
    ['never fewer than the minimum', at(0, 3, 0), 2],
    ['more than the maximum are brought back to it', at(0, 9, 100), 3],
    ['fewer than the minimum are brought up to it, whatever the metric', at(0, 0, 0), 2],
  ])('%s', (_what, now, expected) => {
    expect(decide(now, [], { ...rule, min: 2, max: 3 }).desired).toBe(expected);
  });

  /** Decides once a second for loads on all instances together, each decision carried out at once. */
  function follow(loads: readonly number[], scaleDownWindowSeconds: number): number[] {
    let instances = 1;
    let past: readonly Recommendation[] = [{ atSeconds: 0, instances }];
    return loads.map((load, atSeconds) => {
      const decision = decide({ atSeconds, instances, metric: load / instances }, past, {
        ...rule,
        scaleDownWindowSeconds,
      });
      ({ past, desired: instances } = decision);
      return instances;
    });
  }

  test('scales out at once, and in only when the window has passed without anybody asking for as many', () => {
    expect(follow([100, 400, 400, 100, 100, 100, 100], 3)).toEqual([1, 4, 4, 4, 4, 1, 1]);
  });

  test('goes down in steps when the load does, to the highest that the window still holds', () => {
    expect(follow([400, 300, 200, 100, 100, 100], 2)).toEqual([4, 4, 3, 2, 1, 1]);
  });

  test('a dip that is shorter than the window costs no instance', () => {
    expect(follow([400, 0, 400, 0, 0, 400], 3)).toEqual([4, 4, 4, 4, 4, 4]);
  });

  test('without a window follows each dip', () => {
    expect(follow([400, 100, 400], 0)).toEqual([4, 1, 4]);
  });

  test('remembers no more of the past than the window', () => {
    const past = Array.from({ length: 50 }, (_, atSeconds) => ({ atSeconds, instances: 4 }));
    expect(
      decide(at(50, 4, 100), past, { ...rule, scaleDownWindowSeconds: 5 }).past.map((r) => r.atSeconds),
    ).toEqual([46, 47, 48, 49, 50]);
  });
});

test.each([
  ['target is more than 0', { target: 0 }, 1],
  ['min is a whole number from 1', { min: 0 }, 1],
  ['max is a whole number from min', { min: 3, max: 2 }, 1],
  ['tolerance is 0 or more', { tolerance: -0.1 }, 1],
  ['scaleDownWindowSeconds is 0 or more', { scaleDownWindowSeconds: -1 }, 1],
  ['a metric is 0 or more', {}, Number.NaN],
])('refuses what makes no sense: %s', (sentence, change, metric) => {
  expect(() => decide({ atSeconds: 0, instances: 1, metric }, [], { ...rule, ...change })).toThrow(sentence);
});

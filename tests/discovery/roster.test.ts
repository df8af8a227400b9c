import { beforeEach, describe, expect, test } from '@jest/globals';
import { Roster } from '../../services/discovery/src/roster.ts';
import type { State } from '../../services/discovery/src/state.ts';

let roster: Roster;
beforeEach(() => {
  roster = new Roster();
});

/** One round, or several equal ones. @param states of a, b, c … */
function round(states: readonly State[], times = 1): string {
  const names = ['a', 'b', 'c', 'd'];
  let listed: readonly string[] = [];
  for (let n = 0; n < times; n++)
    listed = roster.update(new Map(states.map((state, index) => [names[index] ?? '', state])));
  return listed.join('');
}

test('a new instance is listed as soon as it is ready, and not before', () => {
  expect(round(['ready', 'refused'])).toBe('a');
  expect(round(['ready', 'unready'])).toBe('a');
  expect(round(['ready', 'ready'])).toBe('ab');
});

test.each(['draining', 'refused', 'unready'] as const)('one that is %s is taken out at once', (state) => {
  expect(round(['ready', 'ready'])).toBe('ab');
  expect(round(['ready', state])).toBe('a');
});

test('one that is not there any more is taken out at once', () => {
  expect(round(['ready', 'ready'])).toBe('ab');
  expect(round(['ready'])).toBe('a');
});

describe('one that is silent', () => {
  test('is taken out at the fourth time in a row, and comes back with its first word', () => {
    expect(round(['ready', 'ready'])).toBe('ab');
    expect(round(['ready', 'silent'], 3)).toBe('ab');
    expect(round(['ready', 'silent'])).toBe('a');
    expect(round(['ready', 'ready'])).toBe('ab');
  });

  test('is counted anew after a word', () => {
    round(['ready', 'ready']);
    round(['ready', 'silent'], 3);
    round(['ready', 'ready']);
    expect(round(['ready', 'silent'], 3)).toBe('ab');
  });

  test('was never heard of, and is not listed beside one that is ready', () => {
    expect(round(['ready', 'silent'], 9)).toBe('a');
  });

  test('had begun to drain, and stays away', () => {
    round(['ready', 'draining']);
    expect(round(['silent', 'silent'], 9)).toBe('a');
  });
});

describe('overload is not taken for a fault', () => {
  test('when most are silent, all stay', () => {
    round(['ready', 'ready', 'ready', 'ready']);
    expect(round(['ready', 'silent', 'silent', 'silent'], 9)).toBe('abcd');
    expect(round(['ready', 'ready', 'silent', 'silent'], 1)).toBe('ab');
    expect(round(['silent', 'silent', 'silent', 'silent'], 9)).toBe('abcd');
  });

  test('also when nobody has ever answered', () => {
    expect(round(['silent', 'refused', 'silent'])).toBe('ac');
  });
});

describe('when nobody is ready', () => {
  test('those who say so are listed, and those that do not listen are not', () => {
    round(['ready', 'ready', 'refused']);
    expect(round(['unready', 'unready', 'refused', 'draining'])).toBe('ab');
  });

  test('those that drain are the last', () => {
    expect(round(['draining', 'draining', 'refused'])).toBe('ab');
    expect(round(['refused', 'refused', 'refused'])).toBe('');
  });
});

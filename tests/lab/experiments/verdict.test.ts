import { describe, expect, test } from '@jest/globals';
import { judge, verdictInWords } from '../../../services/lab/src/experiments/experiment.ts';
import { exitCodeOf, outcomesInWords } from '../../../services/lab/src/report/outcomes.ts';

describe('a verdict', () => {
  const expectation = {
    assertions: {
      'nobody is logged out': ({ loggedOut }: { loggedOut: number }) => loggedOut === 0,
      'fewer than three are': ({ loggedOut }: { loggedOut: number }) => loggedOut < 3,
    },
    preconditions: { 'somebody was asked': ({ asked }: { asked: number }) => asked > 0 },
  };

  test('is the expected one when all that is asserted is true', () => {
    expect(judge(expectation, { loggedOut: 0, asked: 5 })).toEqual({ verdict: 'expected', reasons: [] });
  });

  test('names each sentence that is not true', () => {
    const verdict = judge(expectation, { loggedOut: 4, asked: 5 });
    expect(verdict.verdict).toBe('unexpected');
    expect(verdict.reasons).toHaveLength(2);
    expect(verdictInWords(verdict)).toBe(
      'NOT as expected: it is not true that nobody is logged out; it is not true that fewer than three are',
    );
  });

  test.each([0, 4])('is none, whatever the figures are (%i), when nothing was asked at all', (loggedOut) => {
    const verdict = judge(expectation, { loggedOut, asked: 0 });
    expect(verdict.verdict).toBe('inconclusive');
    expect(verdictInWords(verdict)).toBe(
      'could not be judged here, because a precondition was not met: somebody was asked',
    );
  });
});

describe('a demo', () => {
  const of = (...verdicts: ('expected' | 'unexpected' | 'inconclusive')[]) =>
    verdicts.map((verdict) => ({ verdict }));

  test.each([
    [of('expected', 'expected'), 0, '2 of 2 outcomes as expected'],
    [of('expected', 'unexpected'), 1, '1 of 2 outcomes as expected'],
    [of('inconclusive', 'unexpected'), 1, '0 of 2 outcomes as expected, 1 could not be judged here'],
    [of('inconclusive', 'expected'), 3, '1 of 2 outcomes as expected, 1 could not be judged here'],
  ])('with %j ends with exit code %i', (results, exitCode, words) => {
    expect([exitCodeOf(results), outcomesInWords(results)]).toEqual([exitCode, words]);
  });
});

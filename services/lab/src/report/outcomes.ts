// What all results of a demo come to: one line, and an exit code.

import type { Verdict } from '../experiments/experiment.ts';

/** Nothing went wrong, and something could not be judged on this machine. Another run may tell. */
const exitNotJudged = 3;

/** `32 of 33 outcomes as expected, 1 could not be judged here`. */
export function outcomesInWords(results: readonly Pick<Verdict, 'verdict'>[]): string {
  const count = (verdict: Verdict['verdict']) =>
    results.filter((result) => result.verdict === verdict).length;
  const inconclusive = count('inconclusive');
  return [
    `${count('expected')} of ${results.length} outcomes as expected`,
    ...(inconclusive > 0 ? [`${inconclusive} could not be judged here`] : []),
  ].join(', ');
}

/** 0: all as expected. 1: at least one was not. 3: none was wrong, but at least one could not be judged. */
export function exitCodeOf(results: readonly Pick<Verdict, 'verdict'>[]): number {
  const verdicts = new Set(results.map(({ verdict }) => verdict));
  if (verdicts.has('unexpected')) return 1;
  return verdicts.has('inconclusive') ? exitNotJudged : 0;
}

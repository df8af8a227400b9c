// What several measurements of the same thing are summarized as.

import { quantile } from '../../lab/src/traffic/quantile.ts';

/** The median, the quartiles and the extremes of several values. All the same for a single value. */
export interface Spread {
  readonly min: number;
  readonly q1: number;
  readonly median: number;
  readonly q3: number;
  readonly max: number;
  /** The values themselves, in the order of the rounds. */
  readonly values: readonly number[];
}

/** @throws {RangeError} For no value at all, or one that is no number. */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0 || values.some(Number.isNaN)) {
    throw new RangeError(`A spread needs one number or more, and got: ${values.join(', ') || 'none'}`);
  }
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => quantile(sorted, share);
  return { min: at(0), q1: at(0.25), median: at(0.5), q3: at(0.75), max: at(1), values };
}

/**
 * One candidate's values divided by another's, round by round. What slows the machine down for a while slows both in
 * that round and does not change their ratio; a ratio of two medians would compare different moments.
 *
 * @throws {RangeError} When the two did not take part in the same number of rounds.
 */
export function ratiosWithinRounds(values: readonly number[], reference: readonly number[]): number[] {
  if (values.length !== reference.length) {
    throw new RangeError(`${values.length} rounds cannot be compared with ${reference.length}`);
  }
  return values.map((value, round) => value / (reference[round] ?? Number.NaN));
}

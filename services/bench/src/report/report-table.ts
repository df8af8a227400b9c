// A table of the report, and how figures are written in its cells.

import { type Spread, spreadOf } from '../statistics.ts';

/** Backticks mark names. */
export interface ReportTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly note?: string;
}

export function median(values: readonly number[], digits: number): string {
  return spreadOf(values).median.toFixed(digits);
}

/** Two decimals where they say something; infinity is a time at which something never happened. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return 'never';
  return value.toFixed(Math.abs(value) < 10 ? 2 : 0);
}

export function medianAndQuartiles({ median, q1, q3 }: Spread): string {
  return `${number(median)} (${number(q1)} to ${number(q3)})`;
}

export function medianAndExtremes({ median, min, max }: Spread): string {
  return `${number(median)} (${number(min)} to ${number(max)})`;
}

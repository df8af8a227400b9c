/**
 * The value below or at which a share of the values lies: the nearest rank, so it is always one of them.
 *
 * @param share 0 to 1; 0.5 is the median, 0.99 the p99
 * @returns 0 when there are no values
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

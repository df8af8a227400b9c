/**
 * The value that a share of all values does not exceed: 0.5 for the median, 0.95 for p95. The repository's only
 * definition: linear interpolation between the closest ranks, which is type 7 of Hyndman and Fan (1996) and the default
 * of R and NumPy. k6 2.2 computes its percentiles in the same way (metrics/sink.go), so figures can be compared.
 *
 * @param sorted from the smallest to the largest, one value or more
 * @param share 0 to 1
 * @throws {RangeError} when there is no value
 */
export function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined)
    throw new RangeError(`There is no quantile ${share} of ${sorted.length} values`);
  // Two equal values may be infinite, and infinity minus itself is not a number.
  return below === above ? below : below + (above - below) * (position - Math.floor(position));
}

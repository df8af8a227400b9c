// The order in which candidates are measured: each once a round, in a new order each round.

/** The candidates in random order, so that none is always measured after a certain other. */
export function shuffled<T>(candidates: readonly T[], random: () => number = Math.random): T[] {
  const order = [...candidates];
  // Fisher and Yates' shuffle: each order is equally likely.
  for (let last = order.length - 1; last > 0; last--) {
    const chosen = Math.floor(random() * (last + 1));
    const [a, b] = [order[last], order[chosen]];
    if (a !== undefined && b !== undefined) [order[last], order[chosen]] = [b, a];
  }
  return order;
}

/**
 * Measures each candidate once a round, one after the other.
 *
 * @returns by candidate, its measurements in the order of the rounds
 */
export async function measureInRounds<Name extends string, Measurement>(
  rounds: number,
  candidates: readonly Name[],
  measure: (candidate: Name, round: number) => Promise<Measurement>,
): Promise<ReadonlyMap<Name, readonly Measurement[]>> {
  const all = new Map(candidates.map((name): [Name, Measurement[]] => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const candidate of shuffled(candidates)) {
      all.get(candidate)?.push(await measure(candidate, round));
    }
  }
  return all;
}

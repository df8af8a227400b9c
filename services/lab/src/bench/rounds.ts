// The order in which contestants are measured: each once a round, in a new order each round.

/** The contestants of one round in an order made by chance, so that none is always the one after a certain other. */
export function shuffled<T>(contestants: readonly T[], random: () => number = Math.random): T[] {
  const order = [...contestants];
  // Fisher and Yates: each order is equally likely.
  for (let last = order.length - 1; last > 0; last--) {
    const chosen = Math.floor(random() * (last + 1));
    const [a, b] = [order[last], order[chosen]];
    if (a !== undefined && b !== undefined) [order[last], order[chosen]] = [b, a];
  }
  return order;
}

/**
 * Measures each contestant once a round, one after the other.
 *
 * @returns For each contestant its measurements, in the order of the rounds.
 */
export async function measureInRounds<Name extends string, Measurement>(
  rounds: number,
  contestants: readonly Name[],
  measure: (contestant: Name, round: number) => Promise<Measurement>,
): Promise<ReadonlyMap<Name, readonly Measurement[]>> {
  const all = new Map(contestants.map((name): [Name, Measurement[]] => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const contestant of shuffled(contestants)) {
      all.get(contestant)?.push(await measure(contestant, round));
    }
  }
  return all;
}

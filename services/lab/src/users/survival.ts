// Who is still logged in? Asked of every instance, and believed only where X-Served-By proves which one answered.

import { failed } from './http-client.ts';
import type { User } from './user.ts';

/** How many requests it may take to get an answer of each: round robin needs one, a failed instance a few more. */
const requestsForEachInstance = 3;

/** How far the question went, and who knew the user. */
export interface InstanceCoverage {
  /** The instances that answered. */
  readonly answeredBy: ReadonlySet<string>;
  /** Those of them that knew the user each time. */
  readonly knownBy: ReadonlySet<string>;
}

export interface Survival {
  readonly users: number;
  /** Users whom every instance that answered them knew: they notice nothing. */
  readonly stillLoggedIn: number;
  /**
   * Users whom at least one instance knew, those known to all included. For the others it depends on the instance that
   * answers whether they are logged in.
   */
  readonly knownSomewhere: number;
  /** The fewest instances that answered any one user. */
  readonly instancesAsked: number;
}

/** Asks as one user until each of `instances` has answered, or after three requests for each of them. */
export async function askEveryInstance(user: User, instances: readonly string[]): Promise<InstanceCoverage> {
  const answeredBy = new Set<string>();
  const unknownTo = new Set<string>();
  const mostRequests = instances.length * requestsForEachInstance;
  for (let n = 0; n < mostRequests && answeredBy.size < instances.length; n++) {
    const answer = await user.me();
    if (failed(answer) || answer.servedBy === undefined) continue;
    answeredBy.add(answer.servedBy);
    if (!user.isKnownIn(answer)) unknownTo.add(answer.servedBy);
  }
  return { answeredBy, knownBy: answeredBy.difference(unknownTo) };
}

export async function survivalOf(users: readonly User[], instances: readonly string[]): Promise<Survival> {
  const coverages: InstanceCoverage[] = [];
  for (const user of users) coverages.push(await askEveryInstance(user, instances));
  const isKnownEverywhere = ({ answeredBy, knownBy }: InstanceCoverage) =>
    answeredBy.size > 0 && knownBy.size === answeredBy.size;
  return {
    users: users.length,
    stillLoggedIn: coverages.filter(isKnownEverywhere).length,
    knownSomewhere: coverages.filter(({ knownBy }) => knownBy.size > 0).length,
    instancesAsked: Math.min(...coverages.map(({ answeredBy }) => answeredBy.size)),
  };
}

// For how many people one of each is enough, and so what limits first.

import type { Assumptions } from './assumptions.ts';
import { type Costs, freeConnections, type Needs, needsOf } from './needs.ts';

export interface Limit {
  readonly what: string;
  /** What is needed for more. */
  readonly beyond: string;
  /** The most people for whom it is enough. */
  readonly people: number;
}

/** In the order in which they are met as people come. */
export function limitsOf(costs: Costs, assumptions: Assumptions): Limit[] {
  const { redisBusy, redisGiB, redisFull, hashThreads, poolMax } = assumptions;
  const instances = Math.floor(freeConnections(assumptions) / poolMax);
  const cores = hashThreads === 1 ? 'one core' : `${hashThreads} cores`;
  const limit = (what: string, beyond: string, fits: (needs: Needs) => boolean): Limit => ({
    ...{ what, beyond },
    people: mostPeople((people) => fits(needsOf(people, costs, assumptions))),
  });
  return [
    limit(
      `hashing on ${cores} (one instance)`,
      'more instances, for their cores',
      ({ coresForHashes }) => coresForHashes <= hashThreads,
    ),
    limit(
      'requests on one core (one instance)',
      'more instances',
      ({ coresForRequests }) => coresForRequests <= 1,
    ),
    limit(
      `connections to Postgres: ${instances} instances with a pool of ${poolMax} each`,
      'a smaller pool, then PgBouncer',
      ({ needsPooler }) => !needsPooler,
    ),
    limit(
      `memory of one Redis: ${redisFull * 100} % of ${redisGiB} GiB`,
      'a Redis Cluster',
      ({ primariesByMemory }) => primariesByMemory <= 1,
    ),
    limit(
      `commands of one Redis: ${redisBusy * 100} % of a core`,
      'a Redis Cluster',
      ({ primariesByCommands }) => primariesByCommands <= 1,
    ),
  ].sort((a, b) => a.people - b.people);
}

/** More than there are; what is enough for so many has no limit. */
const everybody = 1e11;

/** The most people for whom it fits, which more people never make fit again. */
function mostPeople(fits: (people: number) => boolean): number {
  let [enough, tooMany] = [0, 1];
  while (tooMany < everybody && fits(tooMany)) [enough, tooMany] = [tooMany, tooMany * 2];
  while (tooMany - enough > 1) {
    const middle = Math.floor((enough + tooMany) / 2);
    if (fits(middle)) enough = middle;
    else tooMany = middle;
  }
  return enough;
}

// How much of everything a number of people needs: nothing but arithmetic on what one request, login and session cost.

import type { Assumptions } from './assumptions.ts';

/** Each is measured by `npm run scale`. */
export interface Costs {
  /** Processor time of an instance for a request that reads, and for one that changes the session, in milliseconds. */
  readonly readMs: number;
  readonly writeMs: number;
  /** For a login with its hash. */
  readonly loginMs: number;
  /** Redis' processor time, in microseconds. A renewal comes on top of the request that brings it about. */
  readonly redisReadUs: number;
  readonly redisWriteUs: number;
  readonly redisRenewalUs: number;
  readonly redisLoginUs: number;
  /** Of Redis for one person's session and list, in bytes. */
  readonly sessionBytes: number;
  /** What an instance without a request uses of a core, and what it makes Redis use. */
  readonly idleCores: number;
  readonly redisIdleCores: number;
}

/** At the peak. */
export interface Load {
  readonly requestsPerSecond: number;
  readonly loginsPerSecond: number;
}

export interface Needs extends Load {
  readonly people: number;
  /** Cores in use, before any reserve: of the instances for requests and for logins, and of Redis for all. */
  readonly requestCores: number;
  readonly hashCores: number;
  readonly redisCores: number;
  readonly redisBytes: number;
  /** Cores to have, with the reserve. */
  readonly coresForRequests: number;
  readonly coresForHashes: number;
  readonly instances: number;
  readonly primariesByMemory: number;
  readonly primariesByCommands: number;
  /** The larger of the two. */
  readonly primaries: number;
  /** To Postgres, if each instance opens all that it may. */
  readonly connections: number;
  /** Those do not fit into Postgres' `max_connections`. */
  readonly needsPooler: boolean;
}

/** @param people who are logged in at the same time, 1 or more */
export function needsOf(people: number, costs: Costs, assumptions: Assumptions): Needs {
  if (!(people >= 1)) throw new RangeError(`A plan is for one person or more, not ${people}`);
  const { coreBusy, redisBusy, redisGiB, redisFull, hashThreads, poolMax } = assumptions;
  const load = loadOf(people, assumptions);
  const used = usedBy(load, people, costs, assumptions);
  // What an instance uses anyway is not there for requests.
  const coresForRequests = Math.ceil(used.requestCores / (coreBusy - costs.idleCores));
  const coresForHashes = Math.ceil(used.hashCores / coreBusy);
  // One core each for its requests, and one for each of its hashing threads.
  const instances = Math.max(coresForRequests, Math.ceil(coresForHashes / hashThreads), 1);
  const primariesByMemory = Math.ceil(used.redisBytes / (redisGiB * 2 ** 30 * redisFull));
  const redisCores = used.redisCores + instances * costs.redisIdleCores;
  const primariesByCommands = Math.ceil(redisCores / redisBusy);
  const connections = instances * poolMax;
  return {
    ...{ people, ...load, ...used, redisCores, coresForRequests, coresForHashes, instances },
    ...{ primariesByMemory, primariesByCommands },
    primaries: Math.max(primariesByMemory, primariesByCommands, 1),
    connections,
    needsPooler: connections > freeConnections(assumptions),
  };
}

export function loadOf(people: number, assumptions: Assumptions): Load {
  const { requestsPerHour, peak, hoursBetweenLogins } = assumptions;
  return {
    requestsPerSecond: (people * requestsPerHour * peak) / 3_600,
    loginsPerSecond: (people * peak) / (hoursBetweenLogins * 3_600),
  };
}

export type Used = Pick<Needs, 'requestCores' | 'hashCores' | 'redisCores' | 'redisBytes'>;

/** What is in use at a load, without any reserve: this is what a measurement is compared with. */
export function usedBy(load: Load, people: number, costs: Costs, assumptions: Assumptions): Used {
  const { writeShare } = assumptions;
  const writes = load.requestsPerSecond * writeShare;
  const reads = load.requestsPerSecond - writes;
  const renewals = renewalsPerSecond(load, people, assumptions);
  const redisUs =
    reads * costs.redisReadUs +
    writes * costs.redisWriteUs +
    renewals * costs.redisRenewalUs +
    load.loginsPerSecond * costs.redisLoginUs;
  return {
    requestCores: (reads * costs.readMs + writes * costs.writeMs) / 1_000,
    hashCores: (load.loginsPerSecond * costs.loginMs) / 1_000,
    redisCores: redisUs / 1e6,
    redisBytes: people * costs.sessionBytes,
  };
}

/** A person's requests renew no more often than every few minutes. At the peak as many more people ask, not each more often. */
function renewalsPerSecond(load: Load, people: number, { renewalMinutes, peak }: Assumptions): number {
  const most = (people * peak) / (renewalMinutes * 60);
  return Math.min(load.requestsPerSecond, most);
}

export function freeConnections({ maxConnections, connectionsKept }: Assumptions): number {
  return maxConnections - connectionsKept;
}

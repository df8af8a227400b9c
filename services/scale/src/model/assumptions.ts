// What people do, and how full anything may be. None of this is measured: it is what a plan has to assume, each with its
// reason, and all of what a reader may want to be different can be given as an option.

export interface Assumptions {
  /** Requests of one person an hour, on average over those who are logged in. */
  readonly requestsPerHour: number;
  /** The share of them that changes the session, such as by putting something into the cart. */
  readonly writeShare: number;
  /** How much more than on average there is in the busiest seconds. */
  readonly peak: number;
  /** Hours from one login of a person to the next. The absolute timeout of 12 hours is the most that the app allows. */
  readonly hoursBetweenLogins: number;
  /** Minutes since the last renewal after which a request renews: a tenth of the idle timeout. */
  readonly renewalMinutes: number;
  /** How busy a core may be at the peak. Waiting grows without bound towards 1; at 0.6 an M/M/1 queue has 1.5 in it. */
  readonly coreBusy: number;
  /** The same for Redis' one thread: lower, since it also deletes what has expired, and a fork holds it up. */
  readonly redisBusy: number;
  /** `maxmemory` of one primary, in GiB, and how full it may be. More takes longer to fork, to copy and to load. */
  readonly redisGiB: number;
  readonly redisFull: number;
  /** HASH_THREADS and DATABASE_POOL_MAX, of one instance; both are the app's defaults. */
  readonly hashThreads: number;
  readonly poolMax: number;
  /** `max_connections` of Postgres in docker-compose.yml, and those that stay free for operators and migrations. */
  readonly maxConnections: number;
  readonly connectionsKept: number;
}

export const defaultAssumptions: Assumptions = {
  ...{ requestsPerHour: 30, writeShare: 0.1, peak: 3, hoursBetweenLogins: 12, renewalMinutes: 3 },
  ...{ coreBusy: 0.6, redisBusy: 0.5, redisGiB: 8, redisFull: 0.7 },
  ...{ hashThreads: 1, poolMax: 10, maxConnections: 200, connectionsKept: 20 },
};

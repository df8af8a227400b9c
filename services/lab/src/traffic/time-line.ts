// What traffic meets, second by second.

import { type Answer, failed } from '../users/http-client.ts';
import type { User } from '../users/user.ts';
import { quantile } from './quantile.ts';

/** One second of traffic; an answer belongs to the second in which it arrived. */
export interface Second {
  /** The first is 0. */
  readonly second: number;
  readonly requests: number;
  /** Answered with a 5xx or not at all. */
  readonly failures: number;
  /** The 95th percentile of the latencies, in ms; 0 when there was no answer. */
  readonly p95Ms: number;
  /** Users who have logged in up to the end of this second. */
  readonly usersLoggedIn: number;
  /**
   * Those of them whom every answer that they got in this second knew. One single "you are not logged in" counts
   * against it, for that is where a person is sent to the login page; an answer that failed (5xx) says nothing about
   * the login. A user who got no answer at all in this second is counted as in the second before.
   */
  readonly usersStillLoggedIn: number;
}

interface Bucket {
  readonly ms: number[];
  readonly newUsers: Set<User>;
  readonly known: Set<User>;
  readonly loggedOut: Set<User>;
  failures: number;
}

export class TimeLine {
  readonly #clock: () => number;
  readonly #startedAtMs: number;
  readonly #buckets = new Map<number, Bucket>();

  /** @param clock milliseconds on a clock that only goes forward. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
    this.#startedAtMs = clock();
  }

  /** The second that it is now. */
  get second(): number {
    return Math.floor((this.#clock() - this.#startedAtMs) / 1000);
  }

  add(answer: Answer): void {
    const bucket = this.#bucketOfNow();
    bucket.ms.push(answer.ms);
    if (failed(answer)) bucket.failures++;
  }

  /** Adds what a logged-in user's GET /me was answered. */
  addUserAnswer(user: User, answer: Answer): void {
    this.add(answer);
    if (failed(answer)) return;
    const { known, loggedOut } = this.#bucketOfNow();
    (user.isKnownIn(answer) ? known : loggedOut).add(user);
  }

  /** From now on this user is counted. */
  userLoggedIn(user: User): void {
    this.#bucketOfNow().newUsers.add(user);
  }

  /** All seconds that are over, oldest first. */
  seconds(): readonly Second[] {
    const loggedIn = new Set<User>();
    const still = new Set<User>();
    return Array.from({ length: this.second }, (_, second) => {
      const { ms, newUsers, known, loggedOut, failures } = this.#buckets.get(second) ?? emptyBucket();
      for (const user of newUsers) loggedIn.add(user);
      for (const user of newUsers.union(known)) still.add(user);
      for (const user of loggedOut) still.delete(user);
      return {
        second,
        requests: ms.length,
        failures,
        p95Ms: p95(ms),
        usersLoggedIn: loggedIn.size,
        usersStillLoggedIn: still.size,
      };
    });
  }

  #bucketOfNow(): Bucket {
    const bucket = this.#buckets.get(this.second) ?? emptyBucket();
    this.#buckets.set(this.second, bucket);
    return bucket;
  }
}

function emptyBucket(): Bucket {
  return { ms: [], newUsers: new Set(), known: new Set(), loggedOut: new Set(), failures: 0 };
}

function p95(ms: readonly number[]): number {
  if (ms.length === 0) return 0;
  const sorted = ms.toSorted((a, b) => a - b);
  return Number(quantile(sorted, 0.95).toFixed(1));
}

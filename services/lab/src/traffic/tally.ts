// Counts what traffic meets: requests, failures, and users who are told that they are not logged in.

import { type Answer, describeAnswer, failed } from '../users/http-client.ts';
import type { User } from '../users/user.ts';

export interface TrafficReport {
  readonly seconds: number;
  readonly requests: number;
  /** Answered with a 5xx or not at all, by method: a proxy may send a GET again, but a POST only if it had not begun to send it. */
  readonly failedGets: number;
  readonly failedPosts: number;
  /** The first failures, in words. */
  readonly failures: readonly string[];
  /** Users who were told at least once that they are not logged in. */
  readonly loggedOut: number;
}

const failuresShown = 5;

export class Tally {
  readonly #startedAtMs = performance.now();
  readonly #loggedOut = new Set<User>();
  readonly #answersOf = new Map<User, number>();
  readonly #failures: string[] = [];
  #requests = 0;
  #failedGets = 0;
  #failedPosts = 0;

  add(answer: Answer): void {
    this.#requests++;
    if (!failed(answer)) return;
    if (answer.method === 'GET') this.#failedGets++;
    else this.#failedPosts++;
    if (this.#failures.length < failuresShown) this.#failures.push(describeAnswer(answer));
  }

  /** Adds what a logged-in user's GET /me was answered. */
  addUserAnswer(user: User, answer: Answer): void {
    this.add(answer);
    this.#answersOf.set(user, this.answersOf(user) + 1);
    if (!failed(answer) && !user.isKnownIn(answer)) this.#loggedOut.add(user);
  }

  /** How many of these answers the user has had, failures included. */
  answersOf(user: User): number {
    return this.#answersOf.get(user) ?? 0;
  }

  report(): TrafficReport {
    return {
      seconds: (performance.now() - this.#startedAtMs) / 1000,
      requests: this.#requests,
      failedGets: this.#failedGets,
      failedPosts: this.#failedPosts,
      failures: [...this.#failures],
      loggedOut: this.#loggedOut.size,
    };
  }
}

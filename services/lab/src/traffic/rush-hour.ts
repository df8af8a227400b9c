// A rush hour: logged-in users who send requests all the time, and guests who come and go and make the load.

import { pauseUnlessAborted } from '../supervision/unless-aborted.ts';
import type { Answer, HttpClient } from '../users/http-client.ts';
import { User } from '../users/user.ts';
import { Tally, type TrafficReport } from './tally.ts';
import { type Second, TimeLine } from './time-line.ts';

export interface RushHourReport extends TrafficReport {
  readonly timeLine: readonly Second[];
}

/**
 * Everybody asks at fixed times, unless the previous answer is still outstanding. So the load is what it is said to be, and
 * depends on the deployment's speed only where an answer takes longer than the time between two requests.
 */
export const guestRequestsPerSecond = 1;

/** One of so many requests of a guest puts something into the cart, the others look at it. A cart takes 99 of a thing. */
const writesOneOf = 4;

export class RushHour implements AsyncDisposable {
  readonly users: User[] = [];
  readonly #client: HttpClient;
  readonly #guests: number;
  readonly #userRequestsPerSecond: number;
  readonly #over = new AbortController();
  readonly #tally = new Tally();
  readonly #timeLine = new TimeLine();
  readonly #running: Promise<void>[] = [];
  #ramp = { from: 0, to: 0, startMs: 0, ms: 1 };

  /**
   * It starts with no guests and no users.
   * @param guests how many there are at its peak
   * @param userRequestsPerSecond what one user asks for
   */
  constructor(client: HttpClient, guests: number, userRequestsPerSecond: number) {
    this.#client = client;
    this.#guests = guests;
    this.#userRequestsPerSecond = userRequestsPerSecond;
    for (let index = 0; index < guests; index++) this.#keep(this.#guest(index));
  }

  /**
   * `count` users sign up, one after the other at an even pace, and send requests from then on to the end.
   * @throws {UserError} when a sign-up is refused.
   */
  async addUsers(count: number, withinSeconds: number): Promise<void> {
    const startMs = performance.now();
    for (let index = 0; index < count; index++) {
      await this.#until(startMs + (1000 * withinSeconds * index) / count);
      if (this.#over.signal.aborted) return;
      const user = new User(this.#client);
      this.#count(await user.signUp());
      this.#timeLine.userLoggedIn(user);
      this.users.push(user);
      this.#keep(this.#work(user));
    }
  }

  /** Guests come at an even pace until all are there. */
  rise(seconds: number): void {
    this.#change(this.#guests, seconds);
  }

  /** Guests leave at an even pace until none is left. */
  fall(seconds: number): void {
    this.#change(0, seconds);
  }

  /** Requests per second by the schedule: users and guests who are there now. A slow machine does not make it less. */
  requestsPerSecond(): number {
    return this.users.length * this.#userRequestsPerSecond + this.#guestsNow() * guestRequestsPerSecond;
  }

  /** The fewest answers that a user has had until now, failures included. */
  fewestAnswersOfAUser(): number {
    return Math.min(...this.users.map((user) => this.#tally.answersOf(user)));
  }

  /** What the traffic met until now. */
  report(): RushHourReport {
    return { ...this.#tally.report(), timeLine: this.#timeLine.seconds() };
  }

  /** Ends the traffic after the requests in flight. */
  async stop(): Promise<RushHourReport> {
    this.#over.abort();
    await Promise.all(this.#running);
    return this.report();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await Promise.allSettled(this.#running);
  }

  #keep(work: Promise<void>): void {
    work.catch(() => {}); // thrown by stop()
    this.#running.push(work);
  }

  #work(user: User): Promise<void> {
    return this.#atFixedTimes(this.#userRequestsPerSecond, async () => {
      const answer = await user.me();
      this.#tally.addUserAnswer(user, answer);
      this.#timeLine.addUserAnswer(user, answer);
    });
  }

  #guest(index: number): Promise<void> {
    const guest = new User(this.#client);
    let asked = 0;
    return this.#atFixedTimes(guestRequestsPerSecond, async () => {
      if (index >= this.#guestsNow()) return;
      const writes = asked++ % writesOneOf === 0;
      this.#count(
        writes
          ? await guest.ask('POST', '/api/v1/cart/items', { sku: 'tea', quantity: 1 })
          : await guest.ask('GET', '/api/v1/cart'),
      );
    });
  }

  #count(answer: Answer): void {
    this.#tally.add(answer);
    this.#timeLine.add(answer);
  }

  async #atFixedTimes(timesPerSecond: number, step: () => Promise<void>): Promise<void> {
    const everyMs = 1000 / timesPerSecond;
    let dueMs = performance.now() + Math.random() * everyMs; // not all at once
    for (;;) {
      await this.#until(dueMs);
      if (this.#over.signal.aborted) return;
      await step();
      dueMs = Math.max(dueMs + everyMs, performance.now());
    }
  }

  #until(atMs: number): Promise<void> {
    return pauseUnlessAborted(this.#over.signal, Math.max(0, atMs - performance.now()));
  }

  #guestsNow(): number {
    const { from, to, startMs, ms } = this.#ramp;
    const share = Math.min(1, (performance.now() - startMs) / ms);
    return from + (to - from) * share;
  }

  #change(to: number, seconds: number): void {
    this.#ramp = { from: this.#guestsNow(), to, startMs: performance.now(), ms: seconds * 1000 };
  }
}

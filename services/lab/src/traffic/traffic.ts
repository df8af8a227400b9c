// Traffic at the proxy while an experiment changes the fleet: logged-in users who read, and guests who write.

import { pauseUnlessAborted } from '../supervision/unless-aborted.ts';
import { untilOrGiveUp } from '../supervision/until-or-give-up.ts';
import type { HttpClient } from '../users/http-client.ts';
import { User } from '../users/user.ts';
import { Tally, type TrafficReport } from './tally.ts';

/**
 * Between one user's requests, in ms. 20 users and 5 guests make some 160 requests a second: enough to meet every moment of
 * a change, and no more than leaves the fleets that run side by side on two cores the time to start instances.
 */
const betweenRequestsMs = 150;

export interface Traffic extends AsyncDisposable {
  /**
   * Resolves when each user has had so many more answers (a failure is one as well), or at the deadline.
   * @returns the fewest that one of them has had
   */
  answersForEachUser(count: number, deadlineMs: number): Promise<number>;
  /** Ends the traffic after the requests in flight and says what it met. */
  stop(): Promise<TrafficReport>;
}

/**
 * Starts it: each user asks who they are, each guest puts things into a cart. Guests have no login: with the strategy
 * `memory`, a write by a user whom an instance does not know would replace that user's cookie.
 */
export function startTraffic(client: HttpClient, users: readonly User[], { guests = 5 } = {}): Traffic {
  const over = new AbortController();
  const tally = new Tally();

  const reader = async (user: User) => tally.addUserAnswer(user, await user.me());
  const writer = async (guest: User) => {
    tally.add(await guest.ask('POST', '/api/v1/cart/items', { sku: 'tea', quantity: 1 }));
  };
  const repeat = async (step: () => Promise<void>) => {
    await pauseUnlessAborted(over.signal, Math.random() * betweenRequestsMs); // not all at once
    while (!over.signal.aborted) {
      await step();
      await pauseUnlessAborted(over.signal, betweenRequestsMs);
    }
  };

  const running = [
    ...users.map((user) => repeat(() => reader(user))),
    ...Array.from({ length: guests }, () => new User(client)).map((guest) => repeat(() => writer(guest))),
  ];
  const stop = async (): Promise<TrafficReport> => {
    over.abort();
    await Promise.all(running);
    return tally.report();
  };
  return {
    async answersForEachUser(count, deadlineMs) {
      const before = users.map((user) => tally.answersOf(user));
      const fewest = () => Math.min(...users.map((user, n) => tally.answersOf(user) - (before[n] ?? 0)));
      await untilOrGiveUp(() => fewest() >= count, deadlineMs);
      return fewest();
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}

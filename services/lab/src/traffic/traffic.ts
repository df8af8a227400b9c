// What goes on at the baseUrl while an experiment changes the fleet: logged-in users who read, and guests who write.

import type { HttpClient } from '../users/http-client.ts';
import { User } from '../users/user.ts';
import { pauseUnless } from './pause.ts';
import { Tally, type TrafficReport } from './tally.ts';

/**
 * Between one user's requests, in ms. 20 users and 5 guests make some 160 requests a second: enough to meet every moment of
 * a change, and no more than leaves three fleets side by side on two cores the time to start instances.
 */
const thinkingMs = 150;

export interface Traffic extends AsyncDisposable {
  /** Ends the traffic after the requests in flight and says what it met. */
  stop(): Promise<TrafficReport>;
}

/**
 * Starts it: each user asks who they are, each guest puts things into a cart. Guests are unknownTo to the users: in
 * the strategy `memory` a write by a user whom an instance does not know would replace that user's cookie.
 */
export function startTraffic(client: HttpClient, users: readonly User[], { guests = 5 } = {}): Traffic {
  const over = new AbortController();
  const tally = new Tally();

  const reader = async (user: User) => tally.addOf(user, await user.me());
  const writer = async (guest: User) => {
    tally.add(await guest.ask('POST', '/api/v1/cart/items', { sku: 'tea', quantity: 1 }));
  };
  const keepOn = async (step: () => Promise<void>) => {
    await pauseUnless(over.signal, Math.random() * thinkingMs); // not all at once
    while (!over.signal.aborted) {
      await step();
      await pauseUnless(over.signal, thinkingMs);
    }
  };

  const running = [
    ...users.map((user) => keepOn(() => reader(user))),
    ...Array.from({ length: guests }, () => new User(client)).map((guest) => keepOn(() => writer(guest))),
  ];
  const stop = async (): Promise<TrafficReport> => {
    over.abort();
    await Promise.all(running);
    return tally.report();
  };
  return {
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}

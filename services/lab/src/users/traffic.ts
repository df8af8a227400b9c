// What goes on at the entrance while an experiment changes the fleet: logged-in users who read, and guests who write.

import { setTimeout as pause } from 'node:timers/promises';
import { type Answer, describe, failed, type HttpClient } from './http-client.ts';
import { User } from './user.ts';

/** Between one user's requests, in ms: a page with a few calls. 20 users and 5 guests make some 400 requests a second. */
const thinkingMs = 50;
const failuresShown = 5;

export interface TrafficReport {
  readonly seconds: number;
  readonly requests: number;
  /** Answered with a 5xx or not at all, by method: a proxy may repeat a GET, but never a POST. */
  readonly failedGets: number;
  readonly failedPosts: number;
  /** The first failures, in words. */
  readonly failures: readonly string[];
  /** Users who were told at least once that they are not logged in. */
  readonly thrownOut: number;
}

export interface Traffic extends AsyncDisposable {
  /** Ends the traffic after the requests in flight and says what it met. */
  stop(): Promise<TrafficReport>;
}

/**
 * Starts it: each user asks who they are, each guest puts things into a cart. Guests are strangers to the users: in
 * the strategy `memory` a write by a user whom an instance does not know would replace that user's cookie.
 */
export function startTraffic(client: HttpClient, users: readonly User[], { guests = 5 } = {}): Traffic {
  const started = performance.now();
  const over = new AbortController();
  const thrownOut = new Set<User>();
  const failures: string[] = [];
  const count = { requests: 0, failedGets: 0, failedPosts: 0 };

  const record = (answer: Answer) => {
    count.requests++;
    if (!failed(answer)) return;
    if (answer.method === 'GET') count.failedGets++;
    else count.failedPosts++;
    if (failures.length < failuresShown) failures.push(describe(answer));
  };
  const reader = async (user: User) => {
    const answer = await user.me();
    record(answer);
    if (!failed(answer) && !user.isKnownIn(answer)) thrownOut.add(user);
  };
  const writer = async (guest: User) => {
    record(await guest.ask('POST', '/api/v1/cart/items', { sku: 'tea', quantity: 1 }));
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
    return { seconds: (performance.now() - started) / 1000, ...count, failures, thrownOut: thrownOut.size };
  };
  return {
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}

async function pauseUnless(signal: AbortSignal, ms: number): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => {
    // Aborted: the traffic is over.
  });
}

// How fast the scripts log users in. A password hash is meant to be slow: an instance with one thread for it and 12 rounds
// of bcrypt does 2 to 4 a second, and refuses what it cannot do soon. That says nothing about sessions, so the scripts keep
// to a rate, and come again when they are told to.
//
//   LOGINS_PER_SECOND=2   logins and sign-ups a second, of all users together. 07-login-storm's storm has its own

import { sleep } from 'k6';
import exec from 'k6/execution';
import { Counter } from 'k6/metrics';
import type { Answer } from './client.ts';
import { positive } from './numbers.ts';

export const loginsPerSecond = positive('LOGINS_PER_SECOND', __ENV.LOGINS_PER_SECOND || 2);

/** How long one login may be put off in all, and how long a single Retry-After may be. */
const patienceS = 30;

const loginsAccepted = new Counter('logins_accepted');

/** Those of the traffic; those of setup() have another pace. */
export function countAcceptedLogin(): void {
  if (exec.vu.idInTest > 0) loginsAccepted.add(1);
}

/** A login that takes longer than this waited for others: the deployment is at its limit. Milliseconds. */
const slowMs = 1000;

/** How long this VU's latest login took with all its repetitions, in milliseconds, if it was slow; otherwise 0. */
let latestSlowMs = 0;

/** For setup(), which hands it to the VUs. */
export function slownessOfLogins(): number {
  return latestSlowMs;
}

/** Sends until it is no longer refused (503 with Retry-After), each time after what Retry-After says; 30 s at most. */
export function patiently<T extends Answer>(sendLogin: () => T): T {
  const beganAt = Date.now();
  for (;;) {
    const answer = sendLogin();
    // A date, which Retry-After may be as well, is no number: a second then.
    const waitS = Math.max(Number(answer.retryAfter) || 1, 0.1) * (1 + Math.random() / 2); // not all at the same moment
    const tookMs = Date.now() - beganAt;
    latestSlowMs = tookMs > slowMs ? tookMs : 0;
    if (!answer.refused || tookMs + waitS * 1000 > patienceS * 1000) return answer;
    sleep(waitS);
  }
}

export interface Turns {
  /** This VU's place among those who log in, from 0. */
  readonly place: number;
  /** How many they are. */
  readonly vus: number;
  /** When the traffic ends, as Date.now() has it. */
  readonly endsAt?: number;
  /** What {@link slownessOfLogins} was in setup(). */
  readonly slowBefore?: number;
}

let latestTurnAt: number | undefined;

/**
 * Waits for this VU's next turn, so that all together begin LOGINS_PER_SECOND logins a second, one after the other. While
 * logins are slow, they begin so rarely that hardly two are under way at once.
 *
 * @returns false when the traffic ends before the turn comes
 */
export function awaitTurn({ place, vus, endsAt = Number.POSITIVE_INFINITY, slowBefore = 0 }: Turns): boolean {
  const between = (slow: number) => Math.max(1000 / loginsPerSecond, slow);
  const now = Date.now();
  // One that is late does not catch up: that would be a burst.
  const dueAt =
    latestTurnAt === undefined
      ? now + place * between(slowBefore)
      : Math.max(now, latestTurnAt + vus * between(latestSlowMs));
  latestTurnAt = dueAt;
  if (Math.min(dueAt, endsAt) > now) sleep((Math.min(dueAt, endsAt) - now) / 1000);
  return dueAt < endsAt;
}

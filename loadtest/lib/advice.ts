// What to do when a deployment turns its one client away: which settings say how much that client may. They are named as
// in a deployment of this project; another one has its own.

import type { Answer } from './client.ts';
import { instancesHaveNames } from './target.ts';

const limits: Readonly<Record<string, string>> = {
  proxy: 'CLIENT_REQUESTS_PER_SECOND, CLIENT_REQUESTS_BURST and CLIENT_CONNECTIONS of nginx',
  signup: 'THROTTLE_SIGNUPS_PER_ADDRESS',
  login:
    'THROTTLE_LOGINS_PER_ADDRESS, THROTTLE_LOGINS_PER_ACCOUNT and THROTTLE_LOGINS_PER_ACCOUNT_AND_ADDRESS',
  write: 'THROTTLE_GUESTS_PER_ADDRESS',
};

/** What to raise for requests that were turned away with 429, `by` as the metric `throttled` has it. */
export function adviceFor(by: string): string {
  return `All users of a load test come from one address. Raise ${limits[by] ?? 'what the deployment allows one client'}`;
}

export function throttledAdvice({ servedBy, retryAfter }: Answer, what: 'SIGNUP' | 'LOGIN'): string {
  const by = instancesHaveNames && servedBy === undefined ? 'proxy' : what.toLowerCase();
  return `${adviceFor(by)}${retryAfter ? `, or wait ${retryAfter} s` : ''}`;
}

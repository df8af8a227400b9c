// How long, how many users, and the thresholds that several scripts share.
//
//   DURATION=30s   how long the traffic lasts: 45s, 10m, 1h30m
//   USERS=20       how many users are logged in at once
//   READ_P95_MS    what the 95th percentile of reads may take, in ms, in the scripts that judge times (500)

import type { Options, Scenario, Threshold } from 'k6/options';
import { slots, strategy } from './checks.ts';

export interface Load {
  readonly seconds: number;
  readonly users: number;
}

export const readP95Ms = Number(__ENV.READ_P95_MS || 500);

export type Thresholds = Record<string, Threshold[]>;

/** @throws when DURATION or USERS is not a number that makes sense: a run of no length would pass. */
export function loadOf(defaults: Load): Load {
  const seconds = __ENV.DURATION ? secondsIn(__ENV.DURATION) : defaults.seconds;
  const users = __ENV.USERS ? Number(__ENV.USERS) : defaults.users;
  if (!(seconds >= 3))
    throw new Error(`DURATION takes 3s or more, such as 30s or 10m, not ${__ENV.DURATION}`);
  if (!Number.isInteger(users) || users < 1)
    throw new Error(`USERS takes a whole number, not ${__ENV.USERS}`);
  return { seconds, users };
}

function secondsIn(text: string): number {
  const [all, hours = 0, minutes = 0, seconds = 0] = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text) ?? [];
  return all ? Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) : Number.NaN;
}

/** Users who stay logged in and read all the time. */
export function steadily({ users, seconds }: Load): Scenario {
  return { executor: 'constant-vus', vus: users, duration: `${seconds}s`, gracefulStop: '15s' };
}

/** What all scripts have in common around their own scenarios and thresholds. */
export function optionsWith(scenarios: Record<string, Scenario>, thresholds: Thresholds): Options {
  // These hold always. k6 keeps figures by tag only where a threshold names the tag, and the summary shows them.
  const shown: Thresholds = {};
  const places = [...Array.from({ length: slots }, (_, n) => String(n)), 'later'];
  for (const place of places) shown[`answers{slot:${place}}`] = ['count>=0'];
  for (const kind of ['login', 'read', 'write']) {
    shown[`http_req_duration{kind:${kind}}`] = ['max>=0'];
    shown[`failed{kind:${kind}}`] = ['rate>=0'];
  }
  return {
    scenarios,
    thresholds: { ...shown, ...thresholds },
    setupTimeout: '180s', // signing up costs the server a quarter of a second of bcrypt, and more
    teardownTimeout: '60s',
    summaryTrendStats: ['count', 'med', 'p(95)', 'p(99)', 'max'],
    userAgent: 'k6 (express-sessions-at-scale)',
  };
}

/**
 * Nobody is logged out, and every instance that was ever switched to knew the user. Without a single switch the second
 * one is missed as well (k6 takes an empty rate for 0): a test that crosses no border proves nothing. With `sticky`
 * there is no border to cross.
 */
export function everyoneStaysLoggedIn(): Thresholds {
  return {
    sessions_lost: ['count==0'],
    ...(strategy === 'sticky' ? {} : { [`cross_instance_session_ok{strategy:${strategy}}`]: ['rate==1'] }),
  };
}

export function noRequestFails(): Thresholds {
  return { 'failed{method:GET}': ['rate==0'], 'failed{method:POST}': ['rate==0'] };
}

// How long, how many users, and the options that all scripts share. Each script's thresholds are in the script itself.
//
//   DURATION=30s   how long the traffic lasts: 45s, 10m, 1h30m
//   USERS=20       how many users are logged in at once
//   READ_P95_MS    what the 95th percentile of reads may take, in ms, in the scripts that judge times (500)

import type { Scenario, Threshold } from 'k6/options';
import { positive } from './numbers.ts';
import { instancesHaveNames, strategy } from './target.ts';

export type Thresholds = Record<string, Threshold[]>;

export interface RunSettings {
  readonly seconds: number;
  readonly users: number;
}

export const readP95Ms = positive('READ_P95_MS', __ENV.READ_P95_MS || 500);

/** What all scripts have in common beside their own scenarios and thresholds. */
export const commonOptions = {
  // For 1000 users, one after the other, each of whom may have to wait for others' hashes and try again. Ctrl-C ends it.
  setupTimeout: '1h',
  teardownTimeout: '60s',
  summaryTrendStats: ['count', 'med', 'p(95)', 'p(99)', 'max'],
  userAgent: 'k6 (express-sessions-at-scale)',
};

/**
 * The script's own settings, unless DURATION and USERS say otherwise.
 *
 * @throws when DURATION or USERS is not a number that makes sense: a run of no length would pass.
 */
export function runSettings(defaults: RunSettings): RunSettings {
  const seconds = __ENV.DURATION ? secondsIn(__ENV.DURATION) : defaults.seconds;
  const users = __ENV.USERS ? Number(__ENV.USERS) : defaults.users;
  if (!(seconds >= 3))
    throw new Error(`DURATION takes 3s or more, such as 30s or 10m, not ${__ENV.DURATION}`);
  if (!Number.isInteger(users) || users < 1)
    throw new Error(`USERS takes a whole number from 1, not ${__ENV.USERS}`);
  return { seconds, users };
}

/** The seconds in `45s`, `10m` or `1h30m`; NaN for anything else. */
export function secondsIn(text: string): number {
  const [all, hours = 0, minutes = 0, seconds = 0] = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text) ?? [];
  return all ? Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) : Number.NaN;
}

/** As k6 takes it, to the millisecond: parts that were rounded to seconds would not add up to the whole. */
export function duration(seconds: number): string {
  return `${Math.round(seconds * 1000)}ms`;
}

/** The same number of users all the time. */
export function constantUsers({ users, seconds }: RunSettings): Scenario {
  return { executor: 'constant-vus', vus: users, duration: `${seconds}s`, gracefulStop: '15s' };
}

/**
 * Thresholds about switching between instances. There is no switch to judge where a user stays on one (STRATEGY=sticky),
 * and none to see where instances have no names (SERVED_BY_HEADER=none): then sessions that are lost decide alone, if
 * anything was read at all.
 */
export function unlessOnOneInstance(thresholds: Thresholds): Thresholds {
  return strategy === 'sticky' || !instancesHaveNames ? { reads_judged: ['count>0'] } : thresholds;
}

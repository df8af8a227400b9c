// When everybody logs in at once: do those who are logged in already have to wait?
//
// Logged-in users read all the time; in the middle third many logins a second arrive (STORM_LOGINS_PER_SECOND, 20), each of
// which costs the server a bcrypt hash. A server that hashes on its event loop does not pass. At the end the summary says
// how many logins a second the deployment can do.

import exec from 'k6/execution';
import { Rate, Trend } from 'k6/metrics';
import type { Options } from 'k6/options';
import { figure, type SummaryData } from './lib/figures.ts';
import { wholeNumbers } from './lib/numbers.ts';
import { commonOptions, constantUsers, readP95Ms, runSettings, unlessOnOneInstance } from './lib/options.ts';
import { phaseRows, readsIn, tagPhase } from './lib/phases.ts';
import { endTraffic, logInUsers, type SetupData, savedUserOf } from './lib/setup-data.ts';
import { summaryOf } from './lib/summary.ts';
import { summaryOnlyThresholds } from './lib/summary-only-thresholds.ts';
import { type SavedUser, TestUser } from './lib/test-user.ts';
import { visit } from './lib/traffic.ts';

const run = runSettings({ seconds: 30, users: 10 });
const third = `${Math.round(run.seconds / 3)}s`;
const [stormRate = 0] = wholeNumbers('STORM_LOGINS_PER_SECOND', __ENV.STORM_LOGINS_PER_SECOND || 20);
const phases = ['calm', 'storm', 'after'] as const;

// Others than those who read: a deployment may end a user's oldest session when there are too many.
const stormUsers = run.users;

const answeredRightly = new Rate('logins_answered_rightly');
/** How long after the storm's beginning a login was done; the last one says how long they all took together. */
const doneAfter = new Trend('login_done_after_ms', true);

export const options: Options = {
  ...commonOptions,
  scenarios: {
    visit: constantUsers(run),
    storm: {
      executor: 'constant-arrival-rate',
      exec: 'storm',
      rate: stormRate,
      preAllocatedVUs: 2 * stormRate,
      startTime: third,
      duration: third,
    },
  },
  thresholds: {
    ...summaryOnlyThresholds({ trends: phases.map(readsIn) }),
    sessions_lost: ['count==0'],
    // The second one because k6 lets a rate without samples pass, as when nobody met another instance.
    ...unlessOnOneInstance({ cross_instance_session_ok: ['rate==1'], instances_seen: ['max>1'] }),
    // The readers do not wait, and none of their reads fails. POSTs fail where logins are turned away.
    'http_req_duration{kind:read,phase:storm}': [`p(95)<${readP95Ms}`],
    'failed{method:GET}': ['rate==0'],
    // Accepted, or turned away the orderly way: 503 with Retry-After. Not all may be turned away.
    logins_answered_rightly: ['rate==1'],
    logins_accepted: ['count>0'],
  },
};

export const setup = () => logInUsers({ ...run, users: run.users + stormUsers });

export default function read(data: SetupData): void {
  tagPhase(phases);
  visit({ ...data, users: data.users.slice(0, run.users) });
}

/** One login of the storm. */
export function storm(data: SetupData): void {
  const { done, refused } = new TestUser(stormUserOf(data)).logIn();
  answeredRightly.add(done || refused);
  if (done) doneAfter.add(Date.now() - exec.scenario.startTime);
}

/** Of the second half of the users; of the few that there are, where a file has no more. */
function stormUserOf(data: SetupData): SavedUser {
  const users = data.users.slice(run.users);
  return savedUserOf({ ...data, users: users.length > 0 ? users : data.users });
}

export const teardown = endTraffic;
export const handleSummary = summaryOf('07-login-storm', (data: SummaryData) => [
  ...phaseRows(data, phases),
  ['logins done', `${figure(data, 'logins_accepted', 'count')}, the others were told to come back`],
  ['this deployment', `logs in about ${mostLoginsPerSecond(data)} a second at most`],
]);

function mostLoginsPerSecond(data: SummaryData): string {
  const lastS = figure(data, 'login_done_after_ms', 'max') / 1000;
  return lastS > 0 ? (figure(data, 'logins_accepted', 'count') / lastS).toFixed(1) : '0';
}

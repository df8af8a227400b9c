// When everybody logs in at once: do those who are logged in already have to wait?
//
// Logged-in users read all the time; in the middle third many logins a second arrive (LOGIN_RATE, 20), each of which
// costs the server a bcrypt hash. A server that hashes on its event loop does not pass.

import { Counter, Rate } from 'k6/metrics';
import type { Options } from 'k6/options';
import { commonOptions, constantUsers, readP95Ms, runSettings, unlessSticky } from './lib/options.ts';
import { phaseRows, readsIn, tagPhase } from './lib/phases.ts';
import { logInUsers, type SetupData, savedUserOf } from './lib/setup-data.ts';
import { figure, type SummaryData, summaryOf } from './lib/summary.ts';
import { summaryOnlyThresholds } from './lib/summary-only-thresholds.ts';
import { TestUser } from './lib/test-user.ts';
import { visit } from './lib/traffic.ts';

const run = runSettings({ seconds: 30, users: 10 });
const third = `${Math.round(run.seconds / 3)}s`;
const loginsPerSecond = Number(__ENV.LOGIN_RATE || 20);
const phases = ['calm', 'storm', 'after'] as const;

const answeredRightly = new Rate('logins_answered_rightly');
const accepted = new Counter('logins_accepted');

export const options: Options = {
  ...commonOptions,
  scenarios: {
    visit: constantUsers(run),
    storm: {
      executor: 'constant-arrival-rate',
      exec: 'storm',
      rate: loginsPerSecond,
      preAllocatedVUs: 2 * loginsPerSecond,
      startTime: third,
      duration: third,
    },
  },
  thresholds: {
    ...summaryOnlyThresholds({ trends: phases.map(readsIn) }),
    sessions_lost: ['count==0'],
    // The second one because k6 lets a rate without samples pass, as when nobody met another instance.
    ...unlessSticky({ cross_instance_session_ok: ['rate==1'], instances_seen: ['max>1'] }),
    // The readers do not wait, and none of their reads fails. POSTs fail where logins are turned away.
    'http_req_duration{kind:read,phase:storm}': [`p(95)<${readP95Ms}`],
    'failed{method:GET}': ['rate==0'],
    // Accepted, or turned away the orderly way: 503 with Retry-After. Not all may be turned away.
    logins_answered_rightly: ['rate==1'],
    logins_accepted: ['count>0'],
  },
};

export const setup = () => logInUsers(run.users);

export default function read(data: SetupData): void {
  tagPhase(phases);
  visit(data);
}

/** One login of the storm. */
export function storm(data: SetupData): void {
  const { status, retryAfter } = new TestUser(savedUserOf(data)).logIn();
  answeredRightly.add(status === 200 || (status === 503 && retryAfter !== undefined));
  if (status === 200) accepted.add(1);
}

export const handleSummary = summaryOf('07-login-storm', (data: SummaryData) => [
  ...phaseRows(data, phases),
  ['logins accepted', `${figure(data, 'logins_accepted', 'count')}, the others told to come back`],
]);

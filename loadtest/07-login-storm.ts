// When everybody logs in at once: do those who are logged in already have to wait?
//
// Logged-in users read all the time; in the middle third many logins a second arrive (LOGIN_RATE, 20), each of which
// costs the server a bcrypt hash. The readers' p95 during the storm must stay below READ_P95_MS (500), no read may fail,
// nobody may be logged out. A login is answered rightly when it succeeds or when it is turned away in good order: 503
// with Retry-After. A server that hashes on its event loop does not pass.

import exec from 'k6/execution';
import { Counter, Rate } from 'k6/metrics';
import { everyoneStaysLoggedIn, loadOf, optionsWith, readP95Ms, steadily } from './lib/options.ts';
import { inPhases, phaseRows } from './lib/phases.ts';
import { figure, type SummaryData, summaryOf } from './lib/summary.ts';
import { User } from './lib/user.ts';
import { accountOf, prepare, type World } from './lib/users.ts';
import { visit } from './lib/visit.ts';

const load = loadOf({ seconds: 30, users: 10 });
const third = `${Math.round(load.seconds / 3)}s`;
const rate = Number(__ENV.LOGIN_RATE || 20);
const arrivals = {
  executor: 'constant-arrival-rate',
  exec: 'storm',
  rate,
  preAllocatedVUs: 2 * rate,
} as const;
const phases = ['calm', 'storm', 'after'] as const;
const answeredRightly = new Rate('logins_answered_rightly');
const accepted = new Counter('logins_accepted');

export const options = optionsWith(
  { visit: steadily(load), storm: { ...arrivals, startTime: third, duration: third } },
  {
    ...everyoneStaysLoggedIn(),
    'failed{method:GET}': ['rate==0'],
    logins_answered_rightly: ['rate==1'],
    logins_accepted: ['count>0'],
    ...inPhases(phases),
    'http_req_duration{kind:read,phase:storm}': [`p(95)<${readP95Ms}`],
  },
);

export const setup = () => prepare(load.users);

export default function read(world: World): void {
  exec.vu.metrics.tags.phase = phases[Math.floor(exec.scenario.progress * phases.length)] ?? 'after';
  visit(world);
}

/** One login of the storm. */
export function storm(world: World): void {
  const { status, retryAfter } = new User(accountOf(world)).logIn();
  answeredRightly.add(status === 200 || (status === 503 && retryAfter !== undefined));
  if (status === 200) accepted.add(1);
}

export const handleSummary = summaryOf('07-login-storm', (data: SummaryData) => [
  ...phaseRows(data, phases),
  ['logins accepted', `${figure(data, 'logins_accepted', 'count')}, the others told to come back`],
]);

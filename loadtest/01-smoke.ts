// Does the deployment work at all: sign up, log in, be known, write as a guest, be refused without a cookie?
//
// One user, a few rounds, every check has to hold. Run it before all the others.

import { check } from 'k6';
import http from 'k6/http';
import type { Options } from 'k6/options';
import { send } from './lib/client.ts';
import { awaitTurn, patiently } from './lib/logins.ts';
import { commonOptions } from './lib/options.ts';
import { endTraffic, logInUsers, type SetupData, savedUserOf } from './lib/setup-data.ts';
import { summaryOf } from './lib/summary.ts';
import { summaryOnlyThresholds } from './lib/summary-only-thresholds.ts';
import { guestsMayWrite, instancesHaveNames, target } from './lib/target.ts';
import { TestUser } from './lib/test-user.ts';
import { writeAsGuest } from './lib/traffic.ts';

const rounds = 5;

export const options: Options = {
  ...commonOptions,
  scenarios: { smoke: { executor: 'per-vu-iterations', vus: 1, iterations: rounds, maxDuration: '120s' } },
  thresholds: {
    ...summaryOnlyThresholds(),
    checks: ['rate==1'],
    // All rounds, with all their checks.
    iterations: [`count==${rounds}`],
    'failed{method:GET}': ['rate==0'],
    'failed{method:POST}': ['rate==0'],
  },
};

export const setup = () => logInUsers({ users: 1, seconds: 0 });

export default function smoke(data: SetupData): void {
  const { username, password } = savedUserOf(data);
  const user = new TestUser({ username, password });
  awaitTurn({ place: 0, vus: 1 });
  const right = patiently(() => user.logIn());
  check(right, { 'the login is done': ({ done }) => done });
  check(user.read(), {
    'the logged-in user is known': ({ known }) => known,
    'the answer names its instance': ({ servedBy }) => servedBy !== undefined || !instancesHaveNames,
  });
  if (guestsMayWrite)
    check(writeAsGuest(), { 'a guest may write': ({ status }) => status >= 200 && status < 300 });

  const anonymous = send({ kind: 'read', method: 'GET', path: target.whoAmI, jar: new http.CookieJar() });
  check(anonymous, { 'without a cookie nobody is known': (answer) => !user.isKnownIn(answer) });

  const wrong = new TestUser({ username, password: 'not the password' });
  awaitTurn({ place: 0, vus: 1 });
  // By the place that a form leads to, where it answers both with a redirect.
  check(
    patiently(() => wrong.logIn()),
    {
      'a wrong password does not log in': ({ done, status, location }) =>
        status > 0 && status < 500 && (!done || location !== right.location),
    },
  );
}

export const teardown = endTraffic;
export const handleSummary = summaryOf('01-smoke');

// Does the deployment work at all: sign up, log in, be known, write as a guest, be refused without a cookie?
//
// One user, a few rounds, every check has to hold. Run it before all the others.

import { check } from 'k6';
import http from 'k6/http';
import type { Options } from 'k6/options';
import { send } from './lib/client.ts';
import { commonOptions } from './lib/options.ts';
import { logInUsers, type SetupData, savedUserOf } from './lib/setup-data.ts';
import { summaryOf } from './lib/summary.ts';
import { summaryOnlyThresholds } from './lib/summary-only-thresholds.ts';
import { target } from './lib/target.ts';
import { TestUser } from './lib/test-user.ts';
import { writeAsGuest } from './lib/traffic.ts';

export const options: Options = {
  ...commonOptions,
  scenarios: { smoke: { executor: 'per-vu-iterations', vus: 1, iterations: 5, maxDuration: '60s' } },
  thresholds: {
    ...summaryOnlyThresholds(),
    checks: ['rate==1'],
    'failed{method:GET}': ['rate==0'],
    'failed{method:POST}': ['rate==0'],
  },
};

export const setup = () => logInUsers(1);

export default function smoke(data: SetupData): void {
  const { username, password } = savedUserOf(data);
  const user = new TestUser({ username, password });
  check(user.logIn(), { 'login answers 200': ({ status }) => status === 200 });
  check(user.read(), {
    'the logged-in user is known': ({ status, body }) => status === 200 && body.includes(username),
    'the answer names its instance': ({ servedBy }) => servedBy !== undefined,
  });
  check(writeAsGuest(), { 'a guest may write': ({ status }) => status >= 200 && status < 300 });

  const anonymous = send({ kind: 'read', method: 'GET', path: target.whoAmI, jar: new http.CookieJar() });
  check(anonymous, { 'without a cookie nobody is known': ({ body }) => !body.includes(username) });

  const wrong = new TestUser({ username, password: 'not the password' });
  check(wrong.logIn(), { 'a wrong password does not log in': ({ status }) => status >= 400 && status < 500 });
}

export const handleSummary = summaryOf('01-smoke');

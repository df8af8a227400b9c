// Does the deployment work at all: sign up, log in, be known, write as a guest, be a stranger without a cookie?
//
// One user, a few rounds. Its thresholds: every check holds and no request fails. Run it before all the others.

import { check } from 'k6';
import http from 'k6/http';
import { send, target } from './lib/client.ts';
import { noRequestFails, optionsWith } from './lib/options.ts';
import { summaryOf } from './lib/summary.ts';
import { User } from './lib/user.ts';
import { accountOf, guestWrites, prepare, type World } from './lib/users.ts';

const rounds = 5;

export const options = optionsWith(
  { smoke: { executor: 'per-vu-iterations', vus: 1, iterations: rounds, maxDuration: '60s' } },
  { checks: ['rate==1'], ...noRequestFails() },
);

export const setup = () => prepare(1);

export default function smoke(world: World): void {
  const account = accountOf(world);
  const user = new User(account);
  check(user.logIn(), { 'login answers 200': ({ status }) => status === 200 });
  check(user.read(), {
    'the logged-in user is known': ({ status, body }) => status === 200 && body.includes(account.username),
    'the answer names its instance': ({ instance }) => instance !== undefined,
  });
  check(guestWrites(), { 'a guest may write': ({ status }) => status >= 200 && status < 300 });

  const stranger = send({ kind: 'read', method: 'GET', path: target.whoAmI, jar: new http.CookieJar() });
  check(stranger, { 'a stranger is not let in': ({ body }) => !body.includes(account.username) });

  const wrong = new User({ username: account.username, password: 'not the password' });
  check(wrong.logIn(), { 'a wrong password does not log in': ({ status }) => status >= 400 && status < 500 });
}

export const handleSummary = summaryOf('01-smoke');

// Is a login on one instance known on the others?
//
// Needs two instances or more. In each round a user logs in with an empty cookie jar, wherever the balancer sends them,
// and then asks "who am I?" several times. Only answers from another instance than the one before are counted: all of
// them must know the user. Where sessions are in the instances' memory, this fails in the first round.

import { check, sleep } from 'k6';
import { everyoneStaysLoggedIn, loadOf, noRequestFails, optionsWith, steadily } from './lib/options.ts';
import { summaryOf } from './lib/summary.ts';
import { User } from './lib/user.ts';
import { accountOf, prepare, type World } from './lib/users.ts';

const load = loadOf({ seconds: 20, users: 5 });
const readsForEachLogin = 10;

export const options = optionsWith(
  { 'log-in-and-read': steadily(load) },
  { ...everyoneStaysLoggedIn(), ...noRequestFails(), checks: ['rate==1'] },
);

export const setup = () => prepare(load.users);

export default function logInAndRead(world: World): void {
  const user = new User(accountOf(world));
  // Who is not let in has no session to lose: the check has counted that.
  if (!check(user.logIn(), { 'login answers 200': ({ status }) => status === 200 })) return;
  for (let n = 0; n < readsForEachLogin; n++) {
    user.read();
    sleep(0.05);
  }
}

export const handleSummary = summaryOf('02-cross-instance-login');

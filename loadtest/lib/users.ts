// The users of a run: made in setup(), one for each VU. And the guests.
//
//   USERS_FILE=/path   lines `username,password` of users that exist already, where there is no sign-up to use

import { fail } from 'k6';
import exec from 'k6/execution';
import http, { type CookieJar } from 'k6/http';
import { knowInstances } from './checks.ts';
import { type Answer, send, target } from './client.ts';
import { presentInstances } from './instances.ts';
import { type Account, User } from './user.ts';

/** What setup() hands to every VU, as JSON. */
export interface World {
  readonly accounts: readonly Account[];
  /** The instances that were there at the start. */
  readonly instances: readonly string[];
}

const usersFile = __ENV.USERS_FILE ? open(__ENV.USERS_FILE) : undefined;

/** For setup(): `count` users who are logged in, and the instances. Reads are then no test of bcrypt. */
export function prepare(count: number): World {
  const instances = presentInstances();
  if (instances.length === 0) {
    fail(
      `${target.baseUrl} does not answer with the header ${target.servedBy}; see lib/client.ts for what is needed.`,
    );
  }
  knowInstances(instances);
  const accounts =
    usersFile === undefined ? Array.from({ length: count }, newcomer) : existing(usersFile, count);
  if (accounts.length === 0) fail('There are no users: USERS_FILE has no line "username,password".');
  return { accounts, instances };
}

function newcomer(): Account {
  const user = new User({ username: `k6-${crypto.randomUUID()}`, password: crypto.randomUUID() });
  return begun(user, user.signUp(), 201, target.signUp);
}

function existing(lines: string, count: number): Account[] {
  const users = lines.split('\n').filter((line) => line.includes(','));
  return users.slice(0, count).map((line) => {
    const [username = '', ...password] = line.trim().split(',');
    const user = new User({ username, password: password.join(',') });
    return begun(user, user.logIn(), 200, target.logIn);
  });
}

function begun(user: User, answer: Answer, expected: number, path: string): Account {
  if (answer.status !== expected) {
    fail(`POST ${path} must answer ${expected}, not ${answer.status}: ${answer.body.slice(0, 200)}`);
  }
  const account = user.account(answer.instance);
  if (Object.keys(account.cookies).length === 0) {
    fail(`POST ${path} set no cookie that comes back over ${target.baseUrl}. A Secure cookie needs https.`);
  }
  return account;
}

/** This VU's account: each VU has its own, as long as there are enough. */
export function accountOf({ accounts, instances }: World): Account {
  knowInstances(instances);
  const account = accounts[(exec.vu.idInTest - 1) % accounts.length];
  return account ?? fail('There are no users.');
}

let me: User | undefined;

/** This VU's user, the same one over all iterations. */
export function returningUser(world: World): User {
  me ??= User.returning(accountOf(world));
  return me;
}

const writesOfOneGuest = 10;
let guestJar: CookieJar | undefined;
let guestWritesSoFar = 0;

/**
 * A guest who puts something into a cart, and after some writes another guest. Strangers to the users: where an instance
 * does not know a user, a write would replace that user's cookie.
 */
export function guestWrites(): Answer {
  if (guestJar === undefined || guestWritesSoFar % writesOfOneGuest === 0) guestJar = new http.CookieJar();
  guestWritesSoFar++;
  return send({ kind: 'write', method: 'POST', path: target.write, jar: guestJar, body: target.writeBody });
}

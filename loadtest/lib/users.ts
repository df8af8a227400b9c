// Users with a cookie jar of their own. k6 empties a VU's jar after each iteration and hands none from setup() to the
// VUs; so a user who is to stay logged in, as a browser does, carries the cookies along.

import { fail } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import { Continuity, knowInstances } from './checks.ts';
import { type Answer, send, target } from './client.ts';
import { presentInstances } from './instances.ts';

export interface Account {
  readonly username: string;
  readonly password: string;
  /** The cookies after the sign-up, and the instance that answered it. */
  readonly cookies: Readonly<Record<string, string>>;
  readonly home: string | null;
}

/** What setup() hands to every VU, as JSON. */
export interface World {
  readonly accounts: readonly Account[];
  /** The instances that were there at the start. */
  readonly instances: readonly string[];
}

// Lines `username,password` of users that exist already, where there is no sign-up to use. An absolute path.
const usersFile = __ENV.USERS_FILE ? open(__ENV.USERS_FILE) : undefined;

export class User {
  readonly username: string;
  readonly password: string;
  readonly #jar = new http.CookieJar();
  readonly #continuity = new Continuity();

  constructor({ username, password }: Pick<Account, 'username' | 'password'>) {
    this.username = username;
    this.password = password;
  }

  /** A user who goes on with the session that setup() began. */
  static returning(account: Account): User {
    const user = new User(account);
    for (const [name, value] of Object.entries(account.cookies)) {
      user.#jar.set(target.baseUrl + target.whoAmI, name, value, { path: '/' });
    }
    user.#continuity.began(account.home ?? undefined);
    return user;
  }

  signUp(): Answer {
    return this.#begin('signup', target.signUp);
  }

  logIn(): Answer {
    return this.#begin('login', target.logIn);
  }

  /** Asks who I am. Being known means to be called by one's own name: 200 alone could be somebody else's page. */
  read(): Answer {
    const answer = send({ kind: 'read', method: 'GET', path: target.whoAmI, jar: this.#jar });
    if (!answer.failed) this.#continuity.read(this.#isKnownIn(answer), answer.instance);
    return answer;
  }

  account(home: string | undefined): Account {
    const cookies = Object.entries(this.#jar.cookiesForURL(target.baseUrl + target.whoAmI));
    return {
      username: this.username,
      password: this.password,
      cookies: Object.fromEntries(
        cookies.flatMap(([name, [value]]) => (value === undefined ? [] : [[name, value]])),
      ),
      home: home ?? null,
    };
  }

  #begin(kind: 'signup' | 'login', path: string): Answer {
    const body = JSON.stringify({ username: this.username, password: this.password });
    const answer = send({ kind, method: 'POST', path, jar: this.#jar, body });
    if (!answer.failed) this.#continuity.began(answer.instance);
    return answer;
  }

  #isKnownIn(answer: Answer): boolean {
    return answer.status === 200 && answer.body.includes(this.username);
  }
}

/** For setup(): `count` users who are logged in, and the instances. Reads are then no test of bcrypt. */
export function prepare(count: number): World {
  const instances = presentInstances();
  if (instances.length === 0) {
    fail(
      `${target.baseUrl} does not answer with the header ${target.servedBy}; see lib/client.ts for what is needed.`,
    );
  }
  const accounts =
    usersFile === undefined ? Array.from({ length: count }, newcomer) : existing(usersFile, count);
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
  return (
    account ?? fail('There are no users: setup() made none, or USERS_FILE has no line "username,password".')
  );
}

let me: User | undefined;

/** This VU's user, the same one over all iterations. */
export function returningUser(world: World): User {
  me ??= User.returning(accountOf(world));
  return me;
}

const writesOfOneGuest = 10;
const guests = { jar: undefined as http.CookieJar | undefined, writes: 0 };

/** A guest who puts something into a cart, and after some of that another guest. Strangers to the users, so that no
 * write ever replaces a user's cookie. */
export function guestWrites(): Answer {
  if (guests.jar === undefined || guests.writes++ % writesOfOneGuest === 0) guests.jar = new http.CookieJar();
  return send({ kind: 'write', method: 'POST', path: target.write, jar: guests.jar, body: target.writeBody });
}

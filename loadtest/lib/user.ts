// A user with a cookie jar of their own. k6 empties a VU's jar after each iteration and hands none from setup() to the
// VUs; so a user who is to stay logged in, as a browser does, carries the cookies along.

import http from 'k6/http';
import { Continuity } from './checks.ts';
import { type Answer, send, target } from './client.ts';

export interface Account {
  readonly username: string;
  readonly password: string;
  /** The cookies after the sign-up, and the instance that answered it. */
  readonly cookies: Readonly<Record<string, string>>;
  readonly home: string | null;
}

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

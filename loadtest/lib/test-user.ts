// A test user with a cookie jar. k6 empties a VU's own jar after each iteration and hands none from setup() to the VUs;
// a user who is to stay logged in, as in a browser, carries the cookies along.

import http from 'k6/http';
import { type Answer, send } from './client.ts';
import { SessionTracker } from './session-metrics.ts';
import { target } from './target.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** A user who is logged in, as JSON: how setup() hands one to a VU. */
export interface SavedUser extends Credentials {
  readonly cookies: Readonly<Record<string, string>>;
  /** The instance that answered the sign-up or the login; null where it did not name itself. */
  readonly loginInstance: string | null;
}

export class TestUser {
  readonly username: string;
  readonly password: string;
  readonly #jar = new http.CookieJar();
  readonly #session = new SessionTracker();
  #loginInstance: string | undefined;

  constructor({ username, password }: Credentials) {
    this.username = username;
    this.password = password;
  }

  /** A user who goes on with the session that {@link saved} kept. */
  static restored(user: SavedUser): TestUser {
    const restored = new TestUser(user);
    for (const [name, value] of Object.entries(user.cookies)) {
      restored.#jar.set(target.baseUrl + target.whoAmI, name, value, { path: '/' });
    }
    restored.#loggedIn(user.loginInstance ?? undefined);
    return restored;
  }

  saved(): SavedUser {
    const cookies = Object.entries(this.#jar.cookiesForURL(target.baseUrl + target.whoAmI));
    return {
      username: this.username,
      password: this.password,
      cookies: Object.fromEntries(
        cookies.flatMap(([name, [value]]) => (value === undefined ? [] : [[name, value]])),
      ),
      loginInstance: this.#loginInstance ?? null,
    };
  }

  signUp(): Answer {
    return this.#sendCredentials('signup', target.signUp);
  }

  logIn(): Answer {
    return this.#sendCredentials('login', target.logIn);
  }

  /** Asks who I am. Being known means to be called by one's own name: 200 alone could be somebody else's page. */
  read(): Answer {
    const answer = send({ kind: 'read', method: 'GET', path: target.whoAmI, jar: this.#jar });
    const known = answer.status === 200 && answer.body.includes(this.username);
    if (!answer.failed) this.#session.wasRead(known, answer.servedBy);
    return answer;
  }

  #sendCredentials(kind: 'signup' | 'login', path: string): Answer {
    const body = JSON.stringify({ username: this.username, password: this.password });
    const answer = send({ kind, method: 'POST', path, jar: this.#jar, body });
    if (!answer.failed) this.#loggedIn(answer.servedBy);
    return answer;
  }

  #loggedIn(instance: string | undefined): void {
    this.#loginInstance = instance;
    this.#session.loggedIn(instance);
  }
}

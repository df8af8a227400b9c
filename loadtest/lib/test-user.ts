// A test user with a cookie jar. k6 empties a VU's own jar after each iteration and hands none from setup() to the VUs;
// a user who is to stay logged in, as in a browser, carries the cookies along.

import http from 'k6/http';
import { type Answer, type Request, send } from './client.ts';
import { countAcceptedLogin } from './logins.ts';
import { SessionTracker } from './session-metrics.ts';
import { type Credentials, filledIn, target } from './target.ts';

/** A user who is logged in, as JSON: how setup() hands one to a VU. */
export interface SavedUser extends Credentials {
  readonly cookies: Readonly<Record<string, string>>;
  /** The instance that answered the sign-up or the login; null where it did not name itself. */
  readonly loginInstance: string | null;
}

const whoAmIUrl = target.baseUrl + target.whoAmI;

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
      restored.#jar.set(whoAmIUrl, name, value, { path: '/' });
    }
    restored.#loggedIn(user.loginInstance ?? undefined);
    return restored;
  }

  saved(): SavedUser {
    const cookies = Object.entries(this.#jar.cookiesForURL(whoAmIUrl));
    return {
      username: this.username,
      password: this.password,
      cookies: Object.fromEntries(
        cookies.flatMap(([name, [value]]) => (value === undefined ? [] : [[name, value]])),
      ),
      loginInstance: this.#loginInstance ?? null,
    };
  }

  /** Whether it has been done: the answer's status is one of SIGNUP_STATUS. */
  signUp(): Answer & { readonly done: boolean } {
    const answer = this.#sendCredentials('signup', target.signUp, target.signUpBody);
    return { ...answer, done: target.signUpStatus.includes(answer.status) };
  }

  /** Whether it has been done: the answer's status is one of LOGIN_STATUS. */
  logIn(): Answer & { readonly done: boolean } {
    const answer = this.#sendCredentials('login', target.logIn, target.loginBody);
    const done = target.loginStatus.includes(answer.status);
    if (done) countAcceptedLogin();
    return { ...answer, done };
  }

  /** Asks who I am. Being known means to be called by one's own name: 200 alone could be somebody else's page. */
  read(): Answer & { readonly known: boolean } {
    const answer = this.#send({ kind: 'read', method: 'GET', path: target.whoAmI });
    const known = this.isKnownIn(answer);
    if (!answer.failed) this.#session.wasRead(known, answer.servedBy);
    return { ...answer, known };
  }

  isKnownIn({ status, body }: Answer): boolean {
    const text = target.knownText.replaceAll('{username}', this.username);
    return target.knownStatus.includes(status) && body.includes(text);
  }

  #sendCredentials(kind: 'signup' | 'login', path: string, template: string): Answer {
    const answer = this.#send({ kind, method: 'POST', path, body: filledIn(template, this) });
    if (!answer.failed && !answer.refused) this.#loggedIn(answer.servedBy);
    return answer;
  }

  #send(request: Omit<Request, 'jar'>): Answer {
    const answer = send({ ...request, jar: this.#jar });
    // A load balancer's own cookie would keep the user on one instance, where every session is known.
    if (target.sessionCookie !== undefined) {
      for (const name of Object.keys(this.#jar.cookiesForURL(whoAmIUrl))) {
        if (name !== target.sessionCookie) this.#jar.delete(whoAmIUrl, name);
      }
    }
    return answer;
  }

  #loggedIn(instance: string | undefined): void {
    this.#loginInstance = instance;
    this.#session.loggedIn(instance);
  }
}

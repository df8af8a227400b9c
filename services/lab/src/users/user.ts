// A simulated person with a browser's cookie jar. Real in all that the deployment can see: signed up over HTTP.

import { randomBytes } from 'node:crypto';
import { CookieJar } from 'tough-cookie';
import { z } from 'zod';
import { type Answer, describeAnswer, type HttpClient, type Method } from './http-client.ts';

const whoAmI = z.object({
  data: z.object({ user: z.object({ id: z.union([z.string(), z.number()]), username: z.string() }) }),
});

/** A step that an experiment needs, such as a sign-up, did not succeed. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

export class User {
  readonly username: string = `user-${randomBytes(8).toString('hex')}`;
  readonly password: string = randomBytes(12).toString('base64url');
  /** The name of the instance that answered the last sign-up or login: its memory holds the session, if any does. */
  loginInstance: string | undefined;
  readonly #client: HttpClient;
  #jar = new CookieJar();

  constructor(client: HttpClient) {
    this.#client = client;
  }

  /** Sends a request with the jar's cookies and keeps the cookies that come back, as a browser does. */
  async ask(method: Method, path: string, json?: unknown): Promise<Answer> {
    const url = this.#client.baseUrl + path;
    const cookie = await this.#jar.getCookieString(url);
    const answer = await this.#client.send({
      method,
      path,
      ...(cookie ? { cookie } : {}),
      ...(json === undefined ? {} : { json }),
    });
    for (const header of answer.setCookies) await this.#jar.setCookie(header, url, { ignoreError: true });
    return answer;
  }

  get credentials(): { readonly username: string; readonly password: string } {
    return { username: this.username, password: this.password };
  }

  /** @throws {UserError} when the answer is not 201. */
  async signUp(): Promise<Answer> {
    const answer = await this.ask('POST', '/api/v1/signup', this.credentials);
    if (answer.status !== 201)
      throw new UserError(
        `Sign-up must answer 201: ${describeAnswer(answer)} ${JSON.stringify(answer.body)}`,
      );
    this.loginInstance = answer.servedBy;
    return answer;
  }

  /** @throws {UserError} when the answer is not 200. */
  async logIn(): Promise<Answer> {
    const answer = await this.ask('POST', '/api/v1/login', this.credentials);
    if (answer.status !== 200)
      throw new UserError(`Login must answer 200: ${describeAnswer(answer)} ${JSON.stringify(answer.body)}`);
    this.loginInstance = answer.servedBy;
    return answer;
  }

  logOut(): Promise<Answer> {
    return this.ask('POST', '/api/v1/logout');
  }

  me(): Promise<Answer> {
    return this.ask('GET', '/api/v1/me');
  }

  /** The answer knows this very user: 200 alone would also be somebody else's page. */
  isKnownIn(answer: Answer): boolean {
    const parsed = whoAmI.safeParse(answer.body);
    return answer.status === 200 && parsed.success && parsed.data.data.user.username === this.username;
  }

  /** The jar as it is now, to be put back later: as if a cookie had been copied, or never cleared. */
  async copyCookies(): Promise<CookieJar> {
    return this.#jar.clone();
  }

  useCookies(jar: CookieJar): void {
    this.#jar = jar;
  }

  /** The names of the cookies that the next request would carry. */
  async cookieNames(): Promise<string[]> {
    const cookies = await this.#jar.getCookies(`${this.#client.baseUrl}/api/v1/me`);
    return cookies.map((cookie) => cookie.key);
  }
}

/** Signs up `count` users, one after the other, so that the proxy spreads them evenly. */
export async function signUpUsers(client: HttpClient, count: number): Promise<User[]> {
  const users: User[] = [];
  for (let n = 0; n < count; n++) {
    const user = new User(client);
    await user.signUp();
    users.push(user);
  }
  return users;
}

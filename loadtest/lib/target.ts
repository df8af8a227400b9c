// The deployment under test, and what these scripts need of it. They run against any that keeps to this, not only ours:
//
//   sign-up     POST → 201 and a session cookie. Not needed with USERS_FILE (setup-data.ts)
//   login       POST → 200 and a session cookie
//   "who am I"  GET, with the cookie → 200 and the username somewhere in the body; without it: any other answer
//   a write     POST, something that a guest may do → 2xx
//   every answer names its instance in a header
//
// Each can be named otherwise, by the variables below; docs/load-testing.md has an example of each.

import { wholeNumbers } from './numbers.ts';

const loginBody = __ENV.LOGIN_BODY || '{"username":"{username}","password":"{password}"}';

export const target = {
  baseUrl: (__ENV.BASE_URL || 'http://127.0.0.1:8080').replace(/\/+$/, ''),
  signUp: __ENV.SIGNUP_PATH || '/api/v1/signup',
  logIn: __ENV.LOGIN_PATH || '/api/v1/login',
  whoAmI: __ENV.WHOAMI_PATH || '/api/v1/me',
  /** `none` where a guest may write nothing. */
  write: __ENV.WRITE_PATH || '/api/v1/cart/items',

  /** `{username}` and `{password}` stand for the user's. */
  loginBody,
  signUpBody: __ENV.SIGNUP_BODY || loginBody,
  writeBody: __ENV.WRITE_BODY || JSON.stringify({ sku: 'tea', quantity: 1 }),
  contentType: __ENV.CONTENT_TYPE || 'application/json',
  headers: headersIn(__ENV.HEADERS || '{}'),

  /** Which statuses say that it has been done. */
  signUpStatus: wholeNumbers('SIGNUP_STATUS', __ENV.SIGNUP_STATUS || 201),
  loginStatus: wholeNumbers('LOGIN_STATUS', __ENV.LOGIN_STATUS || 200),
  /** A "who am I" knows the user when it has this status and this text. */
  knownStatus: wholeNumbers('KNOWN_STATUS', __ENV.KNOWN_STATUS || 200),
  knownText: __ENV.KNOWN_TEXT || '{username}',

  /** `none` where no header names the instance. */
  servedByHeader: (__ENV.SERVED_BY_HEADER || 'X-Served-By').toLowerCase(),
  /** The one cookie that is kept. Undefined keeps all, as a browser does. */
  sessionCookie: __ENV.SESSION_COOKIE || undefined,
};

/** Without names nothing can be said of "another instance", only of sessions that are lost. */
export const instancesHaveNames = target.servedByHeader !== 'none';
/** @throws where there are none, for a script about instances that come or go */
export function demandInstanceNames(): void {
  if (!instancesHaveNames)
    throw new Error(
      'This script sees a change by the names of the instances: SERVED_BY_HEADER must name a header.',
    );
}
export const guestsMayWrite = target.write !== 'none';

/** The session strategy that the deployment is said to have. It never changes a request. In containers it is in strategy.env. */
export const strategy = __ENV.STRATEGY || __ENV.SESSION_STRATEGY || 'unknown';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** A body with the user's name and password in it, escaped as its content type asks for. */
export function filledIn(template: string, { username, password }: Credentials): string {
  const escaped = target.contentType.includes('json')
    ? (text: string) => JSON.stringify(text).slice(1, -1)
    : encodeURIComponent;
  return template.replace(/\{(username|password)\}/g, (_, name) =>
    escaped(name === 'username' ? username : password),
  );
}

function headersIn(text: string): Readonly<Record<string, string>> {
  try {
    const headers: unknown = JSON.parse(text);
    if (typeof headers === 'object' && headers !== null && !Array.isArray(headers))
      return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  } catch {
    // said below
  }
  throw new Error(`HEADERS takes JSON such as {"X-Requested-With": "k6"}, not ${text}`);
}

// The client, and what these scripts need of a deployment. They run against any that keeps to this, not only ours:
//
//   POST sign-up   {"username", "password"} as JSON → 201 and a session cookie (or give USERS_FILE, see users.ts)
//   POST login     the same body → 200 and a session cookie
//   GET  "who am I"  with the cookie → 200 and the username somewhere in the body; anybody else: any other answer
//   POST a write   something that a guest may do, with JSON → 2xx
//   every answer names its instance in a header
//
// Each name can be another one: BASE_URL, SIGNUP_PATH, LOGIN_PATH, WHOAMI_PATH, WRITE_PATH, WRITE_BODY, SERVED_BY_HEADER.
// A balancer that deals out connections in place of requests also needs K6_NO_CONNECTION_REUSE=true, k6's own setting.

import http, { type CookieJar } from 'k6/http';
import { countAnswer } from './checks.ts';

export const target = {
  baseUrl: (__ENV.BASE_URL || 'http://127.0.0.1:8080').replace(/\/+$/, ''),
  signUp: __ENV.SIGNUP_PATH || '/api/v1/signup',
  logIn: __ENV.LOGIN_PATH || '/api/v1/login',
  whoAmI: __ENV.WHOAMI_PATH || '/api/v1/me',
  write: __ENV.WRITE_PATH || '/api/v1/cart/items',
  writeBody: __ENV.WRITE_BODY || JSON.stringify({ sku: 'tea', quantity: 1 }),
  servedBy: (__ENV.SERVED_BY_HEADER || 'X-Served-By').toLowerCase(),
};

/** What a request is for. The tag `kind` of every metric, so that a login is never mixed up with a read. */
export type Kind = 'signup' | 'login' | 'read' | 'write' | 'probe';

export interface Request {
  readonly kind: Kind;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly jar: CookieJar;
  /** JSON as text. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  /** 0 when there was none: refused, reset or too late. */
  readonly status: number;
  readonly body: string;
  /** The instance that answered; undefined where it does not say. */
  readonly instance: string | undefined;
  readonly retryAfter: string | undefined;
  /** No answer, or the deployment's own failure (5xx), or turned away (429): it says nothing about a session. */
  readonly failed: boolean;
}

/** Sends one request and counts its answer. Never throws, never follows a redirect: one to a login page is an answer. */
export function send({ kind, method, path, jar, body, headers }: Request): Answer {
  const response = http.request(method, target.baseUrl + path, body ?? null, {
    jar,
    redirects: 0,
    timeout: '10s',
    headers: { ...headers, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
    tags: { kind, name: path },
    // 401 is no failure of a request but what is asked about. k6's own http_req_failed then means the same as `failed`.
    responseCallback: http.expectedStatuses({ min: 100, max: 428 }, { min: 430, max: 499 }),
  });
  const answer = {
    status: response.status,
    body: typeof response.body === 'string' ? response.body : '',
    instance: header(response.headers, target.servedBy),
    retryAfter: header(response.headers, 'retry-after'),
    failed: response.status === 0 || response.status === 429 || response.status >= 500,
  };
  countAnswer(answer, kind, method);
  if (answer.failed && kind !== 'login')
    sayOnce(`${method} ${path} → ${answer.status || response.error} ${answer.body.slice(0, 80)}`);
  return answer;
}

let said = false;

/** The first failure that this VU meets, in words; k6 shows only how many there were. Logins may well be turned away. */
function sayOnce(sentence: string): void {
  if (!said) console.error(`failed: ${sentence}`);
  said = true;
}

function header(headers: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
}

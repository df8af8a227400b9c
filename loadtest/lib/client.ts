// The one place from which the scripts speak HTTP to the deployment.

import http, { type CookieJar } from 'k6/http';
import { countAnswer, type RequestKind } from './answer-metrics.ts';
import { target } from './target.ts';

export interface Request {
  readonly kind: RequestKind;
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
  /** The instance that answered; undefined where the answer does not name one. */
  readonly servedBy: string | undefined;
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
    // A 401 is no failed request but the finding. k6's own http_req_failed then means the same as `failed`.
    responseCallback: http.expectedStatuses({ min: 100, max: 428 }, { min: 430, max: 499 }),
  });
  const answer = {
    status: response.status,
    body: typeof response.body === 'string' ? response.body : '',
    servedBy: header(response.headers, target.servedByHeader),
    retryAfter: header(response.headers, 'retry-after'),
    failed: response.status === 0 || response.status === 429 || response.status >= 500,
  };
  countAnswer(answer, kind, method);
  if (answer.failed && kind !== 'login')
    reportFirstFailure(`${method} ${path} → ${answer.status || response.error} ${answer.body.slice(0, 80)}`);
  return answer;
}

let failureReported = false;

/** The first failure that this VU meets, in words; k6 shows only how many there were. Logins may well be turned away. */
function reportFirstFailure(failure: string): void {
  if (!failureReported) console.error(`failed: ${failure}`);
  failureReported = true;
}

function header(headers: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
}

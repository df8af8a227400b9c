// The one place from which the scripts speak HTTP to the deployment.

import http, { type CookieJar } from 'k6/http';
import { countAnswer, type RequestKind } from './answer-metrics.ts';
import { target } from './target.ts';

export interface Request {
  readonly kind: RequestKind;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly jar: CookieJar;
  /** As text, of the target's content type. */
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
  /** Where a redirect leads to. */
  readonly location: string | undefined;
  /** No answer, or the deployment's own failure (5xx), or turned away (429): it says nothing about a session. */
  readonly failed: boolean;
  /** A login or a sign-up that is to come back, in the orderly way: 503 with Retry-After. Not `failed`. */
  readonly refused: boolean;
  /** Why there was no answer, in k6's words; empty when there was one. */
  readonly error: string;
}

/** Sends one request and counts its answer. Never throws, never follows a redirect: one to a login page is an answer. */
export function send({ kind, method, path, jar, body, headers }: Request): Answer {
  const response = http.request(method, target.baseUrl + path, body ?? null, {
    jar,
    redirects: 0,
    timeout: '10s',
    headers: {
      ...target.headers,
      ...headers,
      ...(body === undefined ? {} : { 'Content-Type': target.contentType }),
    },
    tags: { kind, name: path },
    // A 401 is no failed request but the finding. k6's own http_req_failed then means nearly the same as `failed`.
    responseCallback: http.expectedStatuses({ min: 100, max: 428 }, { min: 430, max: 499 }),
  });
  const { status } = response;
  const retryAfter = header(response.headers, 'retry-after');
  const refused = (kind === 'login' || kind === 'signup') && status === 503 && retryAfter !== undefined;
  const answer = {
    status,
    body: typeof response.body === 'string' ? response.body : '',
    servedBy: instanceIn(header(response.headers, target.servedByHeader)),
    retryAfter,
    location: header(response.headers, 'location'),
    failed: (status === 0 || status === 429 || status >= 500) && !refused,
    refused,
    error: response.error,
  };
  countAnswer(answer, kind, method);
  if (answer.failed && kind !== 'probe')
    reportFirstFailure(`${method} ${path} → ${status || response.error} ${answer.body.slice(0, 80)}`);
  return answer;
}

let failureReported = false;

/** The first failure that this VU meets, in words; k6 shows only how many there were. */
function reportFirstFailure(failure: string): void {
  if (!failureReported) console.error(`failed: ${failure}`);
  failureReported = true;
}

function header(headers: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
}

/** nginx' $upstream_addr lists all that it asked, the one that answered last. */
function instanceIn(value: string | undefined): string | undefined {
  return value?.split(',').at(-1)?.trim() || undefined;
}

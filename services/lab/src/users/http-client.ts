// How the laboratory's users speak HTTP: to a fleet's proxy, with any status as an answer. (Whether a single process is
// ready is asked by fleet/probe.ts.)

import { isIP, type LookupFunction } from 'node:net';
import { Agent, errors, request } from 'undici';

export type Method = 'GET' | 'POST' | 'DELETE';

/** What came back, or that nothing did. An HTTP error status is an answer, no failure of the client's. */
export interface Answer {
  readonly method: Method;
  readonly path: string;
  /** The HTTP status, or 0 when there was no answer; then `problem` says why. */
  readonly status: number;
  /** The name of the instance that answered; undefined when the proxy answered by itself or nobody did. */
  readonly servedBy: string | undefined;
  readonly setCookies: readonly string[];
  /** The parsed JSON body; undefined when there was none. */
  readonly body: unknown;
  readonly ms: number;
  readonly problem?: string;
}

export interface Request {
  readonly method: Method;
  readonly path: string;
  readonly json?: unknown;
  readonly cookie?: string;
}

/** The request was not served: no answer at all, or the deployment's own failure (a 5xx). */
export function failed(answer: Answer): boolean {
  return answer.status === 0 || answer.status >= 500;
}

/** `GET /api/v1/me → 502 from app-2`, for messages. */
export function describeAnswer(answer: Answer): string {
  const outcome = answer.status === 0 ? `no answer (${answer.problem})` : String(answer.status);
  return `${answer.method} ${answer.path} → ${outcome}${answer.servedBy ? ` from ${answer.servedBy}` : ''}`;
}

/** A client for one base URL, with a pool of kept-alive connections as browsers have. Held with `await using`. */
export class HttpClient implements AsyncDisposable {
  readonly baseUrl: string;
  readonly #connections: Agent;

  /**
   * @param deadlineMs how long one request may take before it counts as not answered. Default 10 s: longer than the
   * proxy's own patience (proxy_next_upstream_timeout), whose answer is to be seen and not cut off.
   * @param localAddress where it connects from, such as `127.0.0.2`. Default: what the system chooses.
   * @param serverAddress where the base URL's host is, as `--resolve` says it to curl. Default: what DNS says.
   * @param trustsAnyCertificate also one that is self-signed. Default: false
   */
  constructor(
    baseUrl: string,
    {
      deadlineMs = 10_000,
      localAddress,
      serverAddress,
      trustsAnyCertificate = false,
    }: {
      readonly deadlineMs?: number;
      readonly localAddress?: string;
      readonly serverAddress?: string;
      readonly trustsAnyCertificate?: boolean;
    } = {},
  ) {
    this.baseUrl = baseUrl;
    this.#connections = new Agent({
      // HTTP/2 as undici 8 has it loses a request now and then. After 1,000 on one connection nginx says which one was the
      // last that it takes (GOAWAY); browsers send what came after that again, undici calls it an error.
      allowH2: false,
      connectTimeout: deadlineMs,
      ...(localAddress !== undefined && { localAddress }),
      headersTimeout: deadlineMs,
      bodyTimeout: deadlineMs,
      connect: {
        rejectUnauthorized: !trustsAnyCertificate,
        ...(serverAddress !== undefined && { lookup: alwaysAt(serverAddress) }),
      },
    });
  }

  /** Never throws: what went wrong on the way is an {@link Answer} with status 0. */
  async send({ method, path, json, cookie }: Request): Promise<Answer> {
    const start = performance.now();
    const head = { method, path, ms: 0, servedBy: undefined, setCookies: [], body: undefined };
    try {
      const response = await request(this.baseUrl + path, {
        dispatcher: this.#connections,
        method,
        headers: {
          ...(cookie === undefined ? {} : { cookie }),
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      });
      const text = await response.body.text();
      return {
        ...head,
        status: response.statusCode,
        servedBy: single(response.headers['x-served-by']),
        setCookies: [response.headers['set-cookie'] ?? []].flat(),
        body: parse(text),
        ms: performance.now() - start,
      };
    } catch (error) {
      return { ...head, status: 0, problem: reason(error), ms: performance.now() - start };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connections.destroy();
  }
}

/** A look-up of names with one answer. */
function alwaysAt(address: string): LookupFunction {
  return (_host, { all }, callback) => {
    const family = isIP(address);
    if (all === true) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not JSON: the status says what there is to know
  }
}

function reason(error: unknown): string {
  if (error instanceof errors.UndiciError || (error instanceof Error && 'code' in error))
    return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

import { hashedName } from 'merging-redis-store';
import { CookieJar } from 'tough-cookie';

/** An answer, its body already read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The instance that answered; undefined when the proxy answered by itself. */
  readonly servedBy: string | undefined;
  /** Parsed where it is JSON, text where it is not, undefined where there is none. */
  readonly body: unknown;
}

/** Longer than the proxy's and the app's own deadlines, whose answers are to be seen. */
const answerMs = 15_000;

/** The tests' HTTP client: somebody with cookies of their own, who speaks JSON. */
export class Browser {
  readonly jar = new CookieJar();
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
  }

  get(path: string, headers: Record<string, string> = {}, deadlineMs = answerMs): Promise<Answer> {
    return this.send('GET', path, undefined, headers, deadlineMs);
  }

  post(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('POST', path, body, headers);
  }

  /** A body that is text is sent as it is, anything else as JSON. */
  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
    deadlineMs = answerMs,
  ): Promise<Answer> {
    const url = this.#base + path;
    const answer = await fetch(url, {
      method,
      headers: {
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        Cookie: await this.jar.getCookieString(url),
        ...headers,
      },
      signal: AbortSignal.timeout(deadlineMs),
      body: typeof body === 'string' ? body : body === undefined ? null : JSON.stringify(body),
    });
    for (const cookie of answer.headers.getSetCookie()) await this.jar.setCookie(cookie, url);
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json');
    return {
      status: answer.status,
      headers: answer.headers,
      servedBy: answer.headers.get('x-served-by') ?? undefined,
      body: text === '' ? undefined : isJson ? JSON.parse(text) : text,
    };
  }

  /** The same cookies at another address, as behind one proxy. */
  at(base: string): Browser {
    const other = new Browser(base);
    return Object.assign(other, { jar: this.jar });
  }

  /** `name=value` as it is sent. */
  cookie(): Promise<string> {
    return this.jar.getCookieString(this.#base);
  }
}

/** The id in a `sid=s:<id>.<signature>` cookie. */
export function sessionIdOf(cookie: string): string {
  const id = /sid=s%3A([^;]+)\.[^.;]*/.exec(cookie)?.[1];
  if (id === undefined) throw new Error(`no session id in ${cookie}`);
  return id;
}

/** The key under which Redis has the session of a cookie. */
export function sessionKeyOf(cookie: string): string {
  return `sess:${hashedName(sessionIdOf(cookie))}`;
}

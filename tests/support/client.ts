import { CookieJar } from 'tough-cookie';

export interface Answer {
  readonly status: number;
  /** The instance that answered, or undefined when it was the proxy itself. */
  readonly servedBy: string | undefined;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Somebody with cookies of their own who uses a fleet through its baseUrl. */
export class Client {
  readonly #baseUrl: string;
  readonly #jar = new CookieJar();

  constructor(baseUrl: string) {
    this.#baseUrl = baseUrl;
  }

  async get(path: string, timeoutMs?: number): Promise<Answer> {
    return await this.#send('GET', path, undefined, timeoutMs);
  }

  async post(path: string, body: unknown): Promise<Answer> {
    return await this.#send('POST', path, body);
  }

  async #send(method: string, path: string, body?: unknown, timeoutMs = 15_000): Promise<Answer> {
    const url = this.#baseUrl + path;
    const response = await fetch(url, {
      method,
      headers: { cookie: await this.#jar.getCookieString(url), 'content-type': 'application/json' },
      signal: AbortSignal.timeout(timeoutMs),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    for (const cookie of response.headers.getSetCookie()) await this.#jar.setCookie(cookie, url);
    const text = await response.text();
    return {
      status: response.status,
      servedBy: response.headers.get('x-served-by') ?? undefined,
      headers: response.headers,
      body: response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text,
    };
  }
}

/** Asks as many times over a few connections at once, each time as somebody new, and counts who answered. */
export async function whoAnswers(baseUrl: string, requests: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  let left = requests;
  const asker = async () => {
    while (left-- > 0) {
      const { servedBy = 'proxy' } = await new Client(baseUrl).get('/livez');
      counts[servedBy] = (counts[servedBy] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: 6 }, asker));
  return counts;
}

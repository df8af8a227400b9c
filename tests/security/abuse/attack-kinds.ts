// What a client can do with few bytes of its own to take up much of the site.

export interface AttackKind {
  /** What it sends first on each connection. @param nth the number of the connection */
  readonly first: (host: string, nth: number) => string;
  /** What it sends then, once a second. */
  readonly trickle?: string;
  /** How many connections it opens a second, at most. */
  readonly perSecond: number;
}

const post = (host: string, path: string, length: number, body: string) =>
  `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`;
const whole = (host: string, path: string, body: object) => {
  const text = JSON.stringify(body);
  return post(host, path, text.length, text);
};

export const attackKinds: Readonly<Record<string, AttackKind>> = {
  'many connections': { first: () => '', perSecond: 1000 },
  'slow headers': {
    first: (host) => `GET /api/v1/me HTTP/1.1\r\nHost: ${host}\r\nX-Slow: `,
    trickle: 'x',
    perSecond: 1000,
  },
  'slow bodies': { first: (host) => post(host, '/api/v1/login', 10_000, '{'), trickle: 'x', perSecond: 1000 },
  // As large as the proxy takes, and larger.
  'unfinished bodies': {
    first: (host, nth) => {
      const length = nth % 2 === 0 ? 16_000 : 65_000;
      return post(host, '/api/v1/login', length, 'x'.repeat(length - 1));
    },
    perSecond: 1000,
  },
  'wrong logins': {
    first: (host, nth) =>
      whole(host, '/api/v1/login', { username: `bystander-${nth % 120}`, password: `guess number ${nth}` }),
    perSecond: 100,
  },
  'new guests': {
    first: (host, nth) => whole(host, '/api/v1/cart/items', { sku: `article-${nth}`, quantity: 1 }),
    perSecond: 200,
  },
};

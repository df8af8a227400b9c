// What the people of an HTTP worker ask for.

import { cookieOf, madeSession } from '../sessions/made-session.ts';
import type { Cookies, HttpJob } from './http-job.ts';

export interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

export function readOf(cookies: Cookies): () => Request {
  const cookie = cookieFrom(cookies);
  return () => ({ method: 'GET', path: '/api/v1/me', headers: { cookie: cookie() } });
}

export function writeOf(cookies: Cookies): () => Request {
  const cookie = cookieFrom(cookies);
  return () => ({
    ...{ method: 'POST', path: '/api/v1/cart/items', headers: { cookie: cookie(), ...json } },
    body: JSON.stringify({ sku: `article-${Math.floor(Math.random() * 30)}`, quantity: 1 }),
  });
}

export function loginOf(users: NonNullable<HttpJob['logins']>['users']): () => Request {
  let turn = 0;
  return () => ({
    ...{ method: 'POST', path: '/api/v1/login', headers: json },
    body: JSON.stringify(users[turn++ % users.length]),
  });
}

export const readinessRequest: Request = { method: 'GET', path: '/readyz', headers: {} };

const json = { 'content-type': 'application/json' };

/** Each time that of another session, by chance. */
function cookieFrom(cookies: Cookies): () => string {
  const below = (count: number) => Math.floor(Math.random() * count);
  if (cookies.kind === 'real') return () => cookies.cookies[below(cookies.cookies.length)] ?? '';
  const { seed, secret, sessions } = cookies;
  return () => cookieOf(madeSession(seed, below(sessions)).id, secret);
}

// The sessions that a run fills Redis with. Number n is the same in every process, so that one can fill and another read
// with nothing passed between them but a seed.

import { createHmac } from 'node:crypto';
import type { SessionData } from 'express-session';
import { newSessionId } from 'merging-redis-store';

/** One session each of so many people. */
export interface MadeSession {
  /** As the app's own: 192 bits, and a tag of the user. */
  readonly id: string;
  readonly userId: string;
}

/** @param seed secret, since whoever knows it has all of these sessions @param number 0 or more */
export function madeSession(seed: string, number: number): MadeSession {
  const bytes = (what: string) => createHmac('sha256', seed).update(`${what} ${number}`).digest();
  const userId = uuid(bytes('user'));
  // The store's own function decides the form; only its random part is replaced.
  const id = newSessionId(userId).replace(/^[^.]+/, bytes('session').subarray(0, 24).toString('base64url'));
  return { id, userId };
}

function uuid(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/** A browser's User-Agent, which the app keeps with the session, cut at 100 characters. */
const client =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36'.slice(
    0,
    100,
  );

export interface Content {
  /** Lines in the cart, 0 to 50. */
  readonly cartLines: number;
}

/** What the app stores at a login, and a cart of so many lines. Tests compare it with what the app does store. */
export function contentOf({ userId }: MadeSession, { cartLines }: Content): SessionData {
  // Without its lifetime: see session-serializer.ts in services/app.
  const cookie = {
    ...{ originalMaxAge: null, expires: null, secure: false, httpOnly: true },
    ...{ path: '/', sameSite: 'lax' as const },
  };
  const login = {
    user: { id: userId, username: `user-${userId.slice(0, 8)}${userId.slice(24, 32)}` },
    ...{ createdAt: Date.now(), epoch: 0, client },
  };
  const cart = Array.from({ length: cartLines }, (_, line): [string, number] => [
    `cart:article-${1000 + line}`,
    1,
  ]);
  return { cookie, ...login, ...Object.fromEntries(cart) };
}

/** As express-session signs it: the package cookie-signature, and the prefix `s:`. */
export function cookieOf(id: string, secret: string): string {
  const signature = createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, '');
  return `sid=${encodeURIComponent(`s:${id}.${signature}`)}`;
}

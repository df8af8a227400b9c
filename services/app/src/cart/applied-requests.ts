// Which requests that carried an Idempotency-Key have been applied to a cart. That is kept in the session, one key for
// each request, and stored in the same write as the lines of the cart: Redis has both or neither, whenever the write is
// carried out.

import { createHash } from 'node:crypto';
import type { SessionData } from 'express-session';
import type { Resolver } from 'merging-redis-store';
import { z } from 'zod';
import { ClientError } from '../http/errors.ts';

/** A request that has been applied. */
export interface AppliedRequest {
  /** When it was applied, in milliseconds since 1970. */
  readonly at: number;
  /** Tells its content apart from that of others. */
  readonly digest: string;
}

declare module 'express-session' {
  interface SessionData {
    /** A request that has been applied to the cart. Its Idempotency-Key follows the colon. */
    [request: `cart-request:${string}`]: AppliedRequest;
  }
}

const prefix = 'cart-request:';
const sessionKey = (idempotencyKey: string) => `${prefix}${idempotencyKey}` as const;

/** A session is read with every request, so its size is bounded; a guest's more than a user's (guests/). */
const mostKept = 20;
const mostKeptForGuests = 5;
const keptForMs = 600_000;

export const isRequestKey = (key: string): key is `cart-request:${string}` => key.startsWith(prefix);

const appliedRequest = z.object({ at: z.number(), digest: z.string() });
export const isAppliedRequest = (value: unknown): value is AppliedRequest =>
  appliedRequest.safeParse(value).success;

/** 72 bits of the SHA-256 of what the request adds: enough to notice a client that uses a key again by mistake. */
export function digestOf(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('base64url').slice(0, 12);
}

/**
 * Whether the request has been applied already.
 * @throws {ClientError} 422 if a request with the same key and another content has been
 */
export function isApplied(session: Partial<SessionData>, key: string, digest: string, now: number): boolean {
  const applied = session[sessionKey(key)];
  if (applied === undefined || isTooOld(applied, now)) return false;
  if (applied.digest !== digest) {
    throw new ClientError(422, 'This Idempotency-Key belongs to a request with another body.');
  }
  return true;
}

/** Notes in the session that the request is applied, and forgets what is old. */
export function markApplied(session: Partial<SessionData>, key: string, applied: AppliedRequest): void {
  const others = Object.keys(session)
    .filter(isRequestKey)
    .filter((other) => other !== sessionKey(key))
    // Those of one millisecond are in the order in which they came.
    .reverse()
    .sort((one, two) => atOf(session, two) - atOf(session, one));
  const outdated = others.filter((other) => applied.at - atOf(session, other) > keptForMs);
  const most = session.user === undefined ? mostKeptForGuests : mostKept;
  for (const other of [...others.slice(most - 1), ...outdated]) delete session[other];
  session[sessionKey(key)] = applied;
}

const atOf = (session: Partial<SessionData>, key: `cart-request:${string}`) => session[key]?.at ?? 0;

const isTooOld = ({ at }: AppliedRequest, now: number) => now - at > keptForMs;

/** Another request with the same Idempotency-Key was stored after this one had loaded the session. */
export class AppliedMeanwhile extends Error {
  override readonly name = 'AppliedMeanwhile';
}

/** Stops a save in which the second of two requests with one key would be applied: nothing of it is written. */
export const refuseSecond: Resolver = ({ mine, stored }) => {
  if (mine !== undefined && stored !== undefined) {
    throw new AppliedMeanwhile('a request with this key has been applied in the meantime');
  }
  // One has forgotten an old request and the other has not, or has applied a new one under its key.
  return mine ?? stored;
};

// What a session holds, and whether something that claims to be a session is one.

import type { SessionData } from 'express-session';
import { z } from 'zod';

/** Who is logged in. Copied into the session, so that no request needs the database to know it. */
export interface SessionUser {
  readonly id: string;
  readonly username: string;
}

declare module 'express-session' {
  interface SessionData {
    /** Absent for a guest. */
    user?: SessionUser;
    /** When the session began: at login, or when a guest first left something in it. Milliseconds since 1970. */
    createdAt?: number;
    /**
     * One line of the cart: how many of the article behind the colon. Each line is a key of its own, and not an element
     * of one list, so that two requests that add different articles at once do not write the same thing.
     */
    [line: `cart:${string}`]: number;
  }
}

const date = z.string().refine((text) => !Number.isNaN(Date.parse(text)));
const stored = z.looseObject({
  cookie: z.looseObject({ originalMaxAge: z.number().nullable(), expires: date.nullable() }),
  user: z.object({ id: z.string(), username: z.string() }).optional(),
  createdAt: z.number(),
});
const cartLine = z.number().int().min(1);

/**
 * Whether this, read from a store, has the shape of a session of ours. A key that is not known passes: during a rolling
 * deploy a newer instance may have written it.
 */
export function isSession(value: unknown): value is SessionData {
  const parsed = stored.safeParse(value);
  if (!parsed.success) return false;
  return Object.entries(parsed.data).every(
    ([key, v]) => !key.startsWith('cart:') || cartLine.safeParse(v).success,
  );
}

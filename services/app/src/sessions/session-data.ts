// What a session holds, and whether something that claims to be a session is one.

import type { SessionData } from 'express-session';
import { z } from 'zod';
import type { SessionKeys } from './session-keys.ts';

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
  }
}

const date = z.string().refine((text) => !Number.isNaN(Date.parse(text)));
const sessionSchema = z.looseObject({
  cookie: z.looseObject({ originalMaxAge: z.number().nullable(), expires: date.nullable() }),
  user: z.object({ id: z.string(), username: z.string() }).optional(),
  createdAt: z.number(),
});

/**
 * Whether a value, read from a store, has the shape of a session of this app. A key that is not known passes: during a
 * rolling deploy a newer instance may have written it.
 * @param keys what another part of the app keeps in sessions
 */
export function isSession(value: unknown, keys: SessionKeys): value is SessionData {
  const parsed = sessionSchema.safeParse(value);
  if (!parsed.success) return false;
  return Object.entries(parsed.data).every(
    ([key, content]) => !keys.includes(key) || keys.isValid(key, content),
  );
}

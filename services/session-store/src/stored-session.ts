// A session as it is stored in Redis: connect-redis' JSON under connect-redis' key, so that both stores can share a Redis.

import type { SessionData } from 'express-session';
import { SessionStoreUnavailable, type StoreCall } from './errors.ts';
import { isRecord, type SameStored, type SessionRecord } from './same-value.ts';

/**
 * Turns sessions into text and back, as in connect-redis. What `parse` throws means that the text is no session. What an
 * asynchronous `parse` rejects with means that it could not find out (a key server is down), unless it is
 * {@link DamagedSession}.
 */
export interface Serializer {
  parse(text: string): SessionData | Promise<SessionData>;
  stringify(session: SessionData): string;
}

/** A session that express-session's `createSession` accepts: it throws for one without a cookie. */
export type StoredSession = SessionData & SessionRecord;

/** What is stored under the key is not a session. The store reports it as the event `damaged` (options.ts) and as no session. */
export class DamagedSession extends Error {
  override readonly name = 'DamagedSession';
}

/**
 * @throws {@link DamagedSession} for what the serializer cannot read, and for what has no cookie
 * @throws {@link SessionStoreUnavailable} with reason `serializer`
 */
export async function parseStored(
  text: unknown,
  serializer: Serializer,
  call: StoreCall,
): Promise<StoredSession> {
  if (typeof text !== 'string') throw new DamagedSession(`expected text, found ${typeof text}`);
  let parsing: unknown;
  try {
    parsing = serializer.parse(text);
  } catch (cause) {
    // Without the parser's message, which quotes the text and so the session's content.
    const name = cause instanceof Error ? cause.name : undefined;
    throw new DamagedSession(`the serializer cannot read its ${text.length} characters`, { cause: name });
  }
  let session: unknown;
  try {
    session = await parsing;
  } catch (cause) {
    throw cause instanceof DamagedSession
      ? cause
      : new SessionStoreUnavailable(call, 'serializer', { cause });
  }
  if (!isStored(session)) throw new DamagedSession('it is not an object with a cookie');
  return session;
}

export function isStored(value: unknown): value is StoredSession {
  return isRecord(value) && Object.hasOwn(value, 'cookie') && isRecord(value.cookie);
}

/**
 * Compares two values by the text that the serializer makes of them: what is equal there is equal in Redis, whatever
 * class the values are of. What it cannot write counts as different.
 */
export function storedAlike(serializer: Serializer): SameStored {
  const text = (value: unknown) =>
    serializer.stringify({ cookie: { originalMaxAge: null }, value } as SessionData);
  return (a, b) => {
    try {
      return text(a) === text(b);
    } catch {
      return false;
    }
  };
}

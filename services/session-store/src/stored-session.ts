// A session as it is stored in Redis: connect-redis' JSON under connect-redis' key, so that both stores can share a Redis.

import type { SessionData } from 'express-session';
import { isRecord, type SessionRecord } from './json.ts';

/** Turns sessions into text and back, as in connect-redis. `parse` may be asynchronous. */
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

/** @throws {@link DamagedSession} for what the serializer cannot read, and for what has no cookie */
export async function parseStored(text: unknown, serializer: Serializer): Promise<StoredSession> {
  if (typeof text !== 'string') throw new DamagedSession(`expected text, found ${typeof text}`);
  let session: unknown;
  try {
    session = await serializer.parse(text);
  } catch (cause) {
    // Without the parser's message, which quotes the text and so the session's content.
    throw new DamagedSession(`the serializer cannot read its ${text.length} characters`, {
      cause: cause instanceof Error ? cause.name : undefined,
    });
  }
  return asStored(session);
}

/** @throws {@link DamagedSession} where the value is not an object with a cookie */
export function asStored(value: unknown): StoredSession {
  if (!isStored(value)) throw new DamagedSession('it is not an object with a cookie');
  return value;
}

function isStored(value: unknown): value is StoredSession {
  return isRecord(value) && Object.hasOwn(value, 'cookie') && isRecord(value.cookie);
}

// A session as it lies in Redis: connect-redis' JSON under connect-redis' key, so both stores can share one Redis.

import type { SessionData } from 'express-session';
import { isRecord, type SessionRecord } from './json.ts';

/** SessionWriteQueue sessions into text and back, as in connect-redis. `parse` may be asynchronous. */
export interface Serializer {
  parse(text: string): SessionData | Promise<SessionData>;
  stringify(session: SessionData): string;
}

/** A session as express-session's `createSession` takes it: it fails without a cookie. */
export type StoredSession = SessionData & SessionRecord;

/** What lies under the key is no session. Says why; whoever gets it decides what to do about the key. */
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
    // Without the parser's message: it quotes the text, and so the session's content.
    throw new DamagedSession(`the serializer cannot read its ${text.length} characters`, {
      cause: cause instanceof Error ? cause.name : undefined,
    });
  }
  return asStored(session);
}

/** @throws {@link DamagedSession} where the value is no object with a cookie */
export function asStored(value: unknown): StoredSession {
  if (!isStored(value)) throw new DamagedSession('it is no object with a cookie');
  return value;
}

function isStored(value: unknown): value is StoredSession {
  return isRecord(value) && Object.hasOwn(value, 'cookie') && isRecord(value.cookie);
}

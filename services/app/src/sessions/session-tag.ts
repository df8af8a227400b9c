// How a session appears in the log: by a tag that tells sessions apart and is of no use to log in.

import type { Request } from 'express';
import { hashedName } from 'merging-redis-store';
import { keyedTags } from '../keyed-tags.ts';
import { remembered } from '../remembered.ts';

/** Gives a session its tag, by its id or by its name in a user's list: the tag is the same. */
export type SessionTagger = (idOrName: string) => string;

/**
 * Tags of 48 bits of an HMAC-SHA-256. Without the key nobody can tell whether a session's id belongs to a line of the log.
 * @param secret the same on every instance, so that one session has one tag in all logs
 */
export function sessionTagger(secret: string): SessionTagger {
  const tagOf = keyedTags(secret, 'session tags in the log', 8);
  // The name of a hashed id is the end of its key. Any other id, and a name, is its own.
  // Remembered, because every line of the log has one, and a session in use writes many.
  return remembered(1000, (idOrName) => tagOf(hashedName(idOrName).split(':').at(-1) ?? ''));
}

/** The tag of the request's session. None for a session that was made for this request and holds nothing. */
export function tagOfRequest(req: Request, tagOf: SessionTagger): string | undefined {
  return req.session?.createdAt === undefined ? undefined : tagOf(req.sessionID);
}

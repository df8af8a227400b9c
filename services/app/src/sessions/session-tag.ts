// How a session appears in the log: by a tag that tells sessions apart and is of no use to log in.

import { createHash } from 'node:crypto';
import type { Request } from 'express';

/** 48 bits of the SHA-256 of the session's id. */
export function sessionTag(sessionId: string): string {
  return createHash('sha256').update(sessionId).digest('base64url').slice(0, 8);
}

/** The tag of the request's session. None for a session that was made for this request and holds nothing. */
export function tagOfRequest(req: Request): string | undefined {
  return req.session?.createdAt === undefined ? undefined : sessionTag(req.sessionID);
}

// The security events of accounts: who logged in, from where, and what became of it.

import type { Request } from 'express';
import type { SecurityEvent, SecurityEventFields } from '../operations/security-events.ts';
import { logSecurityEvent } from '../operations/security-events.ts';
import type { SessionTagger } from '../sessions/session-tag.ts';

/** Logs an event with the address of the client and, where the user has one, the tag of the session. */
export function logAccountEvent(
  req: Request,
  event: SecurityEvent,
  tagOf: SessionTagger,
  fields: SecurityEventFields,
): void {
  const session = req.session?.user && tagOf(req.sessionID);
  logSecurityEvent(req.log, event, { ...(session && { session }), client: req.ip, ...fields });
}

// What a security team looks for in the log: one line for each of these events, beside the line of its request. No line
// holds a password, a cookie or a session's id.

import type { Logger } from 'pino';

export type SecurityEvent =
  | 'login'
  | 'login_failed'
  | 'logout'
  | 'signup'
  | 'session_ended'
  | 'password_changed'
  | 'throttled'
  | 'forbidden_origin'
  | 'account_disabled'
  | 'account_enabled'
  | 'store_down'
  | 'store_back';

/** What an event is about. Sessions appear by their tag (sessions/session-tag.ts), users by their id. */
export interface SecurityEventFields {
  readonly user?: string | undefined;
  /** The tag of the session that the event is about. */
  readonly session?: string | undefined;
  /** Who did it: `user`, `operator`, or what in the app. */
  readonly by?: string;
  readonly reason?: string;
  /** The address that the client came from. */
  readonly client?: string | undefined;
  /** Of how many, where one line stands for several. */
  readonly count?: number;
}

/** @param log the request's own logger where there is a request, so that both lines have its id */
export function logSecurityEvent(log: Logger, event: SecurityEvent, fields: SecurityEventFields = {}): void {
  log.info({ event, ...fields }, 'security event');
}

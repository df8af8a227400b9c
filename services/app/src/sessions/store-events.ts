// What is done about the events of the Redis store and of its connection: they are logged. No line of the log holds a
// session's id.

import type { ConnectionEvents, SessionStoreEvent } from 'merging-redis-store';
import type { Logger } from 'pino';
import { sessionTag } from './session-tag.ts';

/** One line when Redis cannot be reached and one when it is back, not one for each attempt in between. */
export function logConnection(log: Logger): ConnectionEvents {
  let isUnreachable = false;
  return {
    onError(err) {
      if (!isUnreachable) log.error({ err }, 'cannot reach Redis');
      isUnreachable = true;
    },
    onReady() {
      log.info(isUnreachable ? 'Redis is back' : 'connected to Redis');
      isUnreachable = false;
    },
  };
}

/** Logs what happened in the store and failed no request. Requests that failed are in the log already, with the reason. */
export function handleStoreEvents(log: Logger): (event: SessionStoreEvent) => void {
  const isNewDamage = firstTimes(1000);
  return (event) => {
    switch (event.type) {
      case 'damaged': {
        // It is left to expire. After a rollback the sessions of the newer version may look damaged to the older one, and
        // whoever is logged out until the next deploy must not be logged out for good.
        const session = sessionTag(event.sessionId);
        if (isNewDamage(session)) log.warn({ session, err: event.cause }, 'cannot read a session');
        return;
      }
      case 'merged':
        return log.debug({ conflicts: event.conflicts }, 'merged with what another request had stored');
      case 'not renewed':
        return log.warn({ reason: event.cause.message }, 'a session was not renewed');
      default:
        return log.debug(event, 'session store');
    }
  };
}

/**
 * Tells whether a text comes for the first time. Otherwise a client that goes on sending the cookie of a session that
 * cannot be read would write a line with each request.
 * @param most how many texts are remembered, the last ones
 */
function firstTimes(most: number): (text: string) => boolean {
  const seen = new Set<string>();
  return (text) => {
    if (seen.has(text)) return false;
    const [oldest] = seen;
    if (seen.size >= most && oldest !== undefined) seen.delete(oldest);
    seen.add(text);
    return true;
  };
}

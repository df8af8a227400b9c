// What is done about the events of the Redis store and of its connection: they are logged, and a damaged session is
// deleted as well. No line of the log holds a session's id.

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

/**
 * Logs what happened in the store and failed no request. Requests that failed are in the log already, with the reason.
 *
 * @param destroy called for a damaged session: left in the store, it would be read and refused with each request
 */
export function handleStoreEvents(
  log: Logger,
  destroy: (sessionId: string) => Promise<void>,
): (event: SessionStoreEvent) => void {
  return (event) => {
    switch (event.type) {
      case 'damaged': {
        const session = sessionTag(event.sessionId);
        destroy(event.sessionId).then(
          () => log.warn({ session, err: event.cause }, 'deleted a damaged session'),
          (err: unknown) => log.warn({ session, err }, 'could not delete a damaged session'),
        );
        return;
      }
      case 'merged':
        return log.debug({ conflicts: event.conflicts }, 'merged with what another request had stored');
      case 'not renewed':
        return log.warn({ reason: event.cause.message }, 'a session was not renewed');
      case 'gone':
      case 'timeout':
        return log.debug(event, 'session store');
    }
  };
}

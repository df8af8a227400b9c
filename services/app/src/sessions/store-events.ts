// What the shared store and its connection tell nobody but the log. No line holds a session's id.

import type { ConnectionEvents, SessionStoreEvent } from 'merging-redis-store';
import type { Logger } from 'pino';
import { sessionTag } from '../operations/log.ts';

/** One line when Redis goes and one when it is back, not one for each attempt in between. */
export function logConnection(log: Logger): ConnectionEvents {
  let away = false;
  return {
    onError(err) {
      if (!away) log.error({ err }, 'Redis is away');
      away = true;
    },
    onReady() {
      log.info(away ? 'Redis is back' : 'connected to Redis');
      away = false;
    },
  };
}

/**
 * Requests that failed are in the log with their reason already; here is what succeeded all the same.
 *
 * @param destroy is called for what is no session: left there, it would be read and refused with each request.
 */
export function logStoreEvents(
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

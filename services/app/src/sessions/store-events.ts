// What is done about the events of the Redis store and of its connection: they are logged. No line of the log holds a
// session's id.

import type { ConnectionEvents, SessionStoreEvent } from 'merging-redis-store';
import type { Logger } from 'pino';
import { logSecurityEvent } from '../operations/security-events.ts';
import type { RedisRefusal } from './redis-refusal.ts';
import type { SessionTagger } from './session-tag.ts';

/** What is done about the events of the store and about those of its connections. */
export interface StoreEventHandlers {
  readonly connection: ConnectionEvents;
  readonly observe: (event: SessionStoreEvent) => void;
}

export function storeEventHandlers(
  log: Logger,
  tagOf: SessionTagger,
  refusal: RedisRefusal,
): StoreEventHandlers {
  const outages = logOutages(log);
  let wasConnected = false;
  return {
    connection: {
      onError: (error) => {
        // Before the first connection it ends the start, which says why.
        if (!refusal.note(error) || wasConnected) outages.begin(error);
      },
      onReady: () => {
        refusal.clear();
        wasConnected = true;
        outages.end('connected to Redis');
      },
    },
    observe: handleStoreEvents(log, tagOf, outages),
  };
}

interface Outages {
  begin(error: Error): void;
  /** @param otherwise what is logged where there was no outage */
  end(otherwise?: string): void;
}

/** How long Redis is silent before that is an outage, in milliseconds. */
const silenceMs = 1000;

/**
 * One line when Redis cannot be reached and one when it is back, not one for each attempt in between, each with its security
 * event. Of a cluster any node counts.
 */
function logOutages(log: Logger): Outages {
  let isUnreachable = false;
  return {
    begin(err: Error) {
      if (isUnreachable) return;
      isUnreachable = true;
      log.error({ err }, 'cannot reach Redis');
      logSecurityEvent(log, 'store_down');
    },
    end(otherwise?: string) {
      if (!isUnreachable) {
        if (otherwise !== undefined) log.info(otherwise);
        return;
      }
      isUnreachable = false;
      log.info('Redis is back');
      logSecurityEvent(log, 'store_back');
    },
  };
}

/** Logs what happened in the store and failed no request. Requests that failed are in the log already, with the reason. */
function handleStoreEvents(
  log: Logger,
  tagOf: SessionTagger,
  outages: Outages,
): (event: SessionStoreEvent) => void {
  const isNewDamage = firstTimes(1000);
  const isNewLack = firstTimes(1000);
  return (event) => {
    switch (event.type) {
      case 'damaged': {
        // It is left to expire. After a rollback the sessions of the newer version may look damaged to the older one, and
        // whoever is logged out until the next deploy must not be logged out for good.
        const session = tagOf(event.sessionId);
        if (isNewDamage(session)) log.warn({ session, err: event.cause }, 'cannot read a session');
        return;
      }
      case 'displaced':
        for (const name of event.names) {
          logSecurityEvent(log, 'session_ended', { session: tagOf(name), by: 'session limit' });
        }
        return;
      case 'replied':
        if (event.code === 'NOFUNCTION' && isNewLack(event.node)) {
          log.error({ node: event.node }, 'Redis lacks the functions of the session store');
        }
        return log.debug(event, 'session store');
      // A connection that was silent for a while and did not break is never "ready" anew.
      case 'answered again':
        return outages.end();
      case 'timeout':
        if (event.unansweredForMs >= silenceMs) {
          outages.begin(new Error(`no answer for ${Math.round(event.unansweredForMs)} ms`));
        }
        return log.debug(event, 'session store');
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

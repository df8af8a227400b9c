// connect-redis' store with what it lacks for production: a deadline on every call, errors that say what they mean,
// and indifference to damaged entries.

import { RedisStore } from 'connect-redis';
import type { SessionData } from 'express-session';
import type { Logger } from 'pino';
import { withDeadline } from '../operations/deadline.ts';
import { sessionTag } from '../operations/request-log.ts';
import { SessionsUnavailable } from './errors.ts';
import type { RedisClient } from './redis-client.ts';
import { isSession } from './session-data.ts';

type Callback = (error?: unknown, data?: SessionData | null) => void;

export interface GuardedRedisStoreOptions {
  readonly client: RedisClient;
  /** Lifetime of an entry whose cookie names none, in milliseconds. */
  readonly idleMs: number;
  /** How long each call may take, in milliseconds. */
  readonly deadlineMs: number;
  readonly log: Logger;
}

/** @see SessionsUnavailable for what its calls fail with */
export class GuardedRedisStore extends RedisStore {
  readonly #deadlineMs: number;
  readonly #log: Logger;
  readonly #redis: RedisClient;

  constructor({ client, idleMs, deadlineMs, log }: GuardedRedisStoreOptions) {
    super({ client, ttl: Math.ceil(idleMs / 1000) });
    this.#redis = client;
    this.#deadlineMs = deadlineMs;
    this.#log = log;
  }

  override get(sid: string, cb?: Callback): Promise<unknown> {
    return this.#answer(() => this.#read(sid), cb);
  }
  override set(sid: string, session: SessionData, cb?: Callback): Promise<unknown> {
    return this.#answer(() => super.set(sid, session), cb);
  }
  override touch(sid: string, session: SessionData, cb?: Callback): Promise<unknown> {
    return this.#answer(() => super.touch(sid, session), cb);
  }
  override destroy(sid: string, cb?: Callback): Promise<unknown> {
    return this.#answer(() => super.destroy(sid), cb);
  }

  /** Rejects when Redis does not answer now. */
  async ready(): Promise<void> {
    const outcome = await this.#settle(async () => {
      await this.#redis.ping();
      return null;
    });
    if (outcome.error !== undefined) throw outcome.error;
  }

  /** Null for no session, and for a damaged one, which is deleted: it would fail every request of its owner. */
  async #read(sid: string): Promise<SessionData | null> {
    const text = await this.#redis.get(this.prefix + sid);
    if (text === null) return null;
    const session = parseJson(text);
    if (isSession(session)) return session;
    this.#log.warn({ session: sessionTag(sid) }, 'deleted a damaged session');
    await super.destroy(sid);
    return null;
  }

  /**
   * node-redis' own command timeout ends when a command has been written to the socket; a Redis that was frozen, or whose
   * host vanished, would hold the request for ever. So each call is raced. A write that missed its deadline may have
   * happened all the same.
   *
   * The callback is called outside of the `try`, because what it throws is no failure of the store.
   */
  async #answer(call: () => Promise<SessionData | null>, cb?: Callback): Promise<unknown> {
    const outcome = await this.#settle(call);
    if (cb !== undefined) return outcome.error === undefined ? cb(null, outcome.value) : cb(outcome.error);
    if (outcome.error !== undefined) throw outcome.error;
    return outcome.value;
  }

  async #settle(call: () => Promise<SessionData | null>): Promise<Outcome> {
    try {
      return { value: await withDeadline(call(), this.#deadlineMs, 'the session store') };
    } catch (cause) {
      // Not the cause itself: express-session takes an error whose code is ENOENT, as a missing socket's is, for
      // "no such session" and would log the user out.
      return { error: new SessionsUnavailable(cause) };
    }
  }
}

type Outcome = { value: SessionData | null; error?: undefined } | { error: SessionsUnavailable };

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

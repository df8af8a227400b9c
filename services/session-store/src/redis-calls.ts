// All calls to Redis go through here: the breaker decides whether a call is made at all, the deadline how long it may
// take, and every failure becomes a typed error.

import { AbortError, ClientClosedError, ClientOfflineError, ErrorReply } from 'redis';
import type { Breaker, CallOutcome } from './breaker.ts';
import { TimeoutError, withinDeadline } from './deadline.ts';
import { SessionStoreError, SessionStoreUnavailable, type StoreCall } from './errors.ts';
import type { SessionCommands, SessionRedis } from './redis-commands.ts';

export interface RedisCallsOptions {
  readonly client: SessionRedis;
  readonly breaker: Breaker;
  /** For a whole call with all its commands and retries, in milliseconds. */
  readonly deadlineMs: number;
  /** Called after each call that timed out, with the time since which Redis has not answered any. */
  readonly onTimeout: (unansweredForMs: number) => void;
}

/** What one call may do: send commands, and check whether its deadline has passed. */
export interface CallContext {
  readonly commands: SessionCommands;
  readonly timedOut: AbortSignal;
}

/** Makes calls to Redis that end by the deadline, with a result or an error. */
export class RedisCalls {
  readonly #options: RedisCallsOptions;
  readonly #readCommands: SessionCommands;

  constructor(options: RedisCallsOptions) {
    this.#options = options;
    this.#readCommands = options.client.withCommandOptions({ timeout: 0, typeMapping: {} });
  }

  /** Commands that change nothing. If they are sent late that does no harm, so they need no abort signal, which costs time. */
  read<T>(call: StoreCall, work: (commands: SessionCommands) => Promise<T>): Promise<T> {
    return this.#guarded(call, () => withinDeadline(this.#options.deadlineMs, work(this.#readCommands)));
  }

  /** Commands that change something. What is not sent when the deadline passes will not be sent. */
  write<T>(call: StoreCall, work: (context: CallContext) => Promise<T>): Promise<T> {
    return this.#guarded(call, () => {
      const controller = new AbortController();
      const commands = this.#options.client.withCommandOptions({
        timeout: 0,
        typeMapping: {},
        abortSignal: controller.signal,
      });
      return withinDeadline(this.#options.deadlineMs, work({ commands, timedOut: controller.signal }), () =>
        controller.abort(),
      );
    });
  }

  async #guarded<T>(call: StoreCall, work: () => Promise<T>): Promise<T> {
    const { breaker, onTimeout } = this.#options;
    // The readiness check asks Redis even while the breaker refuses.
    const permit = breaker.requestPermit() ?? (call === 'ping' ? 'normal' : undefined);
    if (permit === undefined) throw new SessionStoreUnavailable(call, 'refused');
    try {
      const result = await work();
      breaker.report(permit, 'answered');
      return result;
    } catch (error) {
      const outcome = outcomeOf(error);
      breaker.report(permit, outcome);
      if (outcome === 'timed out') onTimeout(breaker.unansweredForMs);
      throw asStoreError(call, error);
    }
  }
}

function outcomeOf(error: unknown): CallOutcome {
  if (error instanceof TimeoutError) return 'timed out';
  // The store's own errors (gone, contended) come from a reply of Redis.
  if (error instanceof ErrorReply || error instanceof SessionStoreError) return 'answered';
  return 'failed fast';
}

function asStoreError(call: StoreCall, cause: unknown): SessionStoreError {
  if (cause instanceof SessionStoreError) return cause;
  if (cause instanceof TimeoutError) return new SessionStoreUnavailable(call, 'timeout', { cause });
  if (cause instanceof ErrorReply) return new SessionStoreUnavailable(call, 'replied', { cause });
  const unsent =
    cause instanceof ClientOfflineError || cause instanceof ClientClosedError || cause instanceof AbortError;
  return new SessionStoreUnavailable(call, unsent ? 'offline' : 'lost', { cause });
}

// Every call to Redis goes through here: the breaker decides whether it is made at all, the deadline how long it is
// waited for, and whatever goes wrong becomes a typed error.

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
  /** Called after each call that Redis left without an answer, with the time that it has been silent. */
  readonly onTimeout: (unansweredForMs: number) => void;
}

/** What one call may do: send commands, and look whether it has been abandoned. */
export interface CallContext {
  readonly commands: SessionCommands;
  readonly abandoned: AbortSignal;
}

/** Makes calls to Redis that end, one way or the other, by the deadline. */
export class RedisCalls {
  readonly #options: RedisCallsOptions;
  readonly #readCommands: SessionCommands;

  constructor(options: RedisCallsOptions) {
    this.#options = options;
    this.#readCommands = options.client.withCommandOptions({ timeout: 0, typeMapping: {} });
  }

  /** Commands that change nothing. Sent late they do no harm, so they go without the cost of an abort signal. */
  read<T>(call: StoreCall, work: (commands: SessionCommands) => Promise<T>): Promise<T> {
    return this.#guarded(call, () => withinDeadline(this.#options.deadlineMs, work(this.#readCommands)));
  }

  /** Commands that change something. What is not yet sent when the deadline passes will not be. */
  write<T>(call: StoreCall, work: (context: CallContext) => Promise<T>): Promise<T> {
    return this.#guarded(call, () => {
      const controller = new AbortController();
      const commands = this.#options.client.withCommandOptions({
        timeout: 0,
        typeMapping: {},
        abortSignal: controller.signal,
      });
      return withinDeadline(this.#options.deadlineMs, work({ commands, abandoned: controller.signal }), () =>
        controller.abort(),
      );
    });
  }

  async #guarded<T>(call: StoreCall, work: () => Promise<T>): Promise<T> {
    const { breaker, onTimeout } = this.#options;
    // Whether the process may get traffic is asked whatever the breaker thinks.
    const ticket = breaker.admit() ?? (call === 'ping' ? 'normal' : undefined);
    if (ticket === undefined) throw new SessionStoreUnavailable(call, 'refused');
    try {
      const result = await work();
      breaker.settle(ticket, 'answered');
      return result;
    } catch (error) {
      const end = outcomeOf(error);
      breaker.settle(ticket, end);
      if (end === 'timed out') onTimeout(breaker.unansweredForMs);
      throw asStoreError(call, error);
    }
  }
}

function outcomeOf(error: unknown): CallOutcome {
  if (error instanceof TimeoutError) return 'timed out';
  // What the store itself reports (gone, contended) it learned from an answer.
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

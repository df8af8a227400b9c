// All commands to Redis go through here: the node's breaker decides whether they are sent at all, the deadline how long
// they may take, and every failure becomes a typed error.

import { Breaker, type BreakerOptions, type CallOutcome } from './breaker.ts';
import { Deadlines, TimeoutError } from './deadline.ts';
import { SessionStoreUnavailable, type StoreCall, type UnavailableReason } from './errors.ts';
import type { SessionCommands, Target } from './redis-commands.ts';
import { isNotServing, isReply, NoServer, replyCode, wasNotSent } from './redis-errors.ts';
import { NotReplicated } from './replicated-commands.ts';

export interface RedisCallsOptions {
  /** How long commands may take that are sent together, in milliseconds. */
  readonly deadlineMs: number;
  readonly breaker: BreakerOptions;
  /** Called after each wait that timed out, with the time since which this node has not answered anything. */
  readonly onTimeout: (node: string, unansweredForMs: number) => void;
  /** Called after each error reply, with its code. */
  readonly onErrorReply: (node: string, code: string | undefined) => void;
  /** Called after the first answer of a node that follows a call it did not serve. */
  readonly onAnsweredAgain: (node: string) => void;
}

/** Sends commands to Redis that end by the deadline, with a result or an error. */
export class RedisCalls {
  readonly #options: RedisCallsOptions;
  readonly #deadlines: Deadlines;
  readonly #breakers = new Map<string, Breaker>();
  /** The nodes whose last call was not served. */
  readonly #failing = new Set<string>();

  constructor(options: RedisCallsOptions) {
    this.#options = options;
    this.#deadlines = new Deadlines(Math.min(25, options.deadlineMs / 10));
  }

  /** See {@link Deadlines.runningMs}. */
  get runningMs(): number {
    return this.#deadlines.runningMs;
  }

  /** Commands that change nothing. If they are sent late that does no harm, so they need no abort signal, which costs time. */
  read<T, C = SessionCommands>(
    call: StoreCall,
    target: Target<C>,
    send: (commands: C) => Promise<T>,
  ): Promise<T> {
    const { deadlineMs } = this.#options;
    return this.#guarded(call, target.node, () =>
      this.#deadlines.within(deadlineMs, send(target.client.withCommandOptions(plain))),
    );
  }

  /**
   * Commands that change something. What is not sent when the deadline passes will not be sent.
   *
   * @param send only commands: whatever else fails in it would be taken for Redis' failure
   */
  write<T, C = SessionCommands>(
    call: StoreCall,
    target: Target<C>,
    send: (commands: C) => Promise<T>,
    deadlineMs = this.#options.deadlineMs,
  ): Promise<T> {
    return this.#guarded(call, target.node, () => {
      const controller = new AbortController();
      const commands = target.client.withCommandOptions({ ...plain, abortSignal: controller.signal });
      return this.#deadlines.within(deadlineMs, send(commands), () => controller.abort());
    });
  }

  async #guarded<T>(call: StoreCall, node: string, send: () => Promise<T>): Promise<T> {
    const { onTimeout, onErrorReply, onAnsweredAgain } = this.#options;
    const breaker = this.#breakerOf(node);
    // The readiness check asks Redis even while the breaker refuses.
    const permit = breaker.requestPermit() ?? (call === 'ping' ? 'normal' : undefined);
    if (permit === undefined) throw new SessionStoreUnavailable(call, 'refused');
    try {
      const result = await send();
      breaker.report(permit, 'answered');
      if (this.#failing.delete(node)) onAnsweredAgain(node);
      return result;
    } catch (cause) {
      const reason = reasonOf(cause);
      if (isNotServed(reason, cause)) this.#failing.add(node);
      breaker.report(permit, outcomes[reason]);
      if (reason === 'timeout') onTimeout(node, breaker.unansweredForMs);
      if (reason === 'replied') onErrorReply(node, replyCode(cause));
      throw new SessionStoreUnavailable(call, reason, { cause });
    }
  }

  #breakerOf(node: string): Breaker {
    let breaker = this.#breakers.get(node);
    if (breaker === undefined) {
      // Nodes come and go. What is forgotten of one that is still there is learned again in a few calls.
      if (this.#breakers.size >= mostNodes) {
        this.#breakers.clear();
        this.#failing.clear();
      }
      breaker = new Breaker(this.#options.breaker);
      this.#breakers.set(node, breaker);
    }
    return breaker;
  }
}

const plain = { timeout: 0, typeMapping: {} } as const;

const mostNodes = 1000;

type FailureReason = Extract<UnavailableReason, 'timeout' | 'offline' | 'lost' | 'replied' | 'unreplicated'>;

function reasonOf(error: unknown): FailureReason {
  if (error instanceof TimeoutError) return 'timeout';
  if (error instanceof NotReplicated) return 'unreplicated';
  if (isReply(error)) return 'replied';
  return error instanceof NoServer || wasNotSent(error) ? 'offline' : 'lost';
}

function isNotServed(reason: FailureReason, cause: unknown): boolean {
  if (reason === 'replied') return isNotServing(replyCode(cause));
  return reason !== 'unreplicated';
}

const outcomes: Record<FailureReason, CallOutcome> = {
  timeout: 'timed out',
  replied: 'answered',
  unreplicated: 'answered',
  offline: 'failed fast',
  lost: 'failed fast',
};

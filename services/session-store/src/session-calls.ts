// The calls of the store to the server that has a session's key, and what follows from their failures: the events of which
// the app is told, and a new connection where the present one is of no use.

import { SessionStoreUnavailable, type StoreCall } from './errors.ts';
import type { withDefaults } from './options.ts';
import { RedisCalls } from './redis-calls.ts';
import type { SessionCommands } from './redis-commands.ts';
import { isNotServing, replyCode } from './redis-errors.ts';
import { replicated } from './replicated-commands.ts';
import { scannedKeys } from './scanned-keys.ts';
import { nodeOf, serversOf, serverWith } from './servers.ts';
import { isListName } from './session-names.ts';

type Send<T> = (commands: SessionCommands) => Promise<T>;

export class SessionCalls {
  readonly #options: ReturnType<typeof withDefaults>;
  readonly #calls: RedisCalls;
  /** With breakers of their own: a replica that is missing must not cost those who need none. */
  readonly #replicatedCalls: RedisCalls;

  constructor(options: ReturnType<typeof withDefaults>) {
    this.#options = options;
    this.#calls = callsOn(options, options.reconnect);
    this.#replicatedCalls = callsOn(options, options.waitForReplicas?.reconnect);
  }

  /** A clock of the time in which this process waited for Redis and was not late itself, in milliseconds. */
  get runningMs(): number {
    return this.#calls.runningMs + this.#replicatedCalls.runningMs;
  }

  /** The key of a session. */
  keyOf(sessionId: string): string {
    const { prefix, nameOf } = this.#options;
    return prefix + nameOf(sessionId);
  }

  /** @param send only commands that change nothing */
  read<T>(call: StoreCall, key: string, send: Send<T>): Promise<T> {
    return this.#calls.read(call, this.#target(key), send);
  }

  /** @param waitsForReplicas only where the option is set */
  async write<T>(
    call: StoreCall,
    key: string,
    send: Send<T>,
    waitsForReplicas = false,
    deadlineMs = this.#options.deadlineMs,
  ): Promise<T> {
    const { waitForReplicas } = this.#options;
    if (waitForReplicas === undefined || !waitsForReplicas) {
      return this.#calls.write(call, this.#target(key), send, deadlineMs);
    }
    const { client, replicas } = waitForReplicas;
    const writeOn = () =>
      this.#replicatedCalls.write(
        call,
        serverWith(client, key),
        // An idle Redis looks only ten times a second whether a WAIT has waited long enough.
        (commands) => send(replicated(commands, replicas, Math.ceil(deadlineMs / 2))),
        deadlineMs,
      );
    try {
      return await writeOn();
    } catch (error) {
      if (!isRedirection(error)) throw error;
      // Another node has the key now, and nothing was done. The cluster's client finds out which, when it is asked itself.
      await this.#replicatedCalls.read(call, { client, node: nodeOf(client, key) }, (commands) =>
        commands.exists(key),
      );
      return writeOn();
    }
  }

  /** The names of the stored sessions, in portions. Sessions that come or go in the meantime may be missing or not. */
  async *names(call: StoreCall): AsyncGenerator<string[]> {
    const { client, prefix, scanCount, owners } = this.#options;
    for await (const keys of scannedKeys(serversOf(client), prefix, (server, cursor, pattern) =>
      this.#calls.read(call, server, (commands) => commands.scan(cursor, { ...pattern, COUNT: scanCount })),
    )) {
      const names = keys.map((key) => key.slice(prefix.length));
      yield owners === undefined ? names : names.filter((name) => !isListName(name));
    }
  }

  /** Resolves when any server has answered. @throws {@link SessionStoreUnavailable} */
  async ping(): Promise<void> {
    const { client, ping } = this.#options;
    const answers = serversOf(client).map((server) => this.#calls.read('ping', server, ping));
    try {
      await Promise.any(answers);
    } catch (error) {
      throw error instanceof AggregateError ? error.errors[0] : error;
    }
  }

  #target(key: string) {
    const { client } = this.#options;
    return { client, node: nodeOf(client, key) };
  }
}

/** @param reconnect replaces the connection on which the calls are made */
function callsOn(
  options: ReturnType<typeof withDefaults>,
  reconnect: (node: string) => void = () => undefined,
) {
  const { breaker, deadlineMs, observe } = options;
  const reconnectedAtMs = new Map<string, number>();
  const reconnectAtMostOnceASecond = (node: string) => {
    const nowMs = performance.now();
    if (nowMs - (reconnectedAtMs.get(node) ?? Number.NEGATIVE_INFINITY) < betweenReconnectsMs) return;
    reconnectedAtMs.set(node, nowMs);
    reconnect(node);
  };
  return new RedisCalls({
    breaker,
    deadlineMs,
    onTimeout: (node, unansweredForMs) => {
      observe({ type: 'timeout', node, unansweredForMs });
      if (unansweredForMs >= unansweredBeforeReconnectMs) reconnectAtMostOnceASecond(node);
    },
    onErrorReply: (node, code) => {
      observe({ type: 'replied', node, code });
      if (isNotServing(code)) reconnectAtMostOnceASecond(node);
    },
    onAnsweredAgain: (node) => observe({ type: 'answered again', node }),
  });
}

/**
 * A connection on which nothing comes for so long may be dead without either end knowing (a firewall has forgotten it, an
 * address has moved), and TCP would retransmit for many minutes.
 */
const unansweredBeforeReconnectMs = 1000;

const betweenReconnectsMs = 1000;

function isRedirection(error: unknown): boolean {
  const code = error instanceof SessionStoreUnavailable ? replyCode(error.cause) : undefined;
  return code === 'MOVED' || code === 'ASK';
}

// A connection whose client can be replaced while it is in use. The store keeps its own client object; the client of
// node-redis behind it changes.

import { setTimeout as sleep } from 'node:timers/promises';
import { Deadlines } from './deadline.ts';
import type { SessionCommands, SessionRedis } from './redis-commands.ts';

/** A client with a life, as all of node-redis' are. */
export type RedisClient = SessionRedis & {
  readonly isOpen: boolean;
  connect(): Promise<unknown>;
  close(): Promise<unknown>;
  destroy(): unknown;
  on(event: string, listener: (error: Error) => void): unknown;
};

/** A client and its connection. While Redis is down it tries to connect again and again until it is closed. */
export interface SessionRedisConnection extends AsyncDisposable {
  readonly client: SessionRedis;
  /** Starts connecting. Resolves when there is a connection, and rejects only if it is closed before that. */
  connect(): Promise<void>;
  /**
   * Makes a new connection, which asks anew where the primaries are, and uses it in place of the present one as soon as it
   * can be used. For the store's option of the same name.
   *
   * @param node the node of a cluster that does not answer
   */
  reconnect(node?: string): void;
  /** Waits for replies to what was sent, but no longer than a second, and disconnects. */
  close(): Promise<void>;
}

/**
 * @param make makes a client that is not connected yet; `avoid` and `present` are those of `reconnect`
 * @param onError called for the errors of the present client alone: one that was to replace it, and one that it has
 *   replaced, say nothing about whether Redis can be reached
 */
export function replaceableClient(
  make: (avoid: string, present: SessionRedis | undefined) => RedisClient,
  onError: (error: Error) => void,
): SessionRedisConnection {
  const closed = new AbortController();
  const deadlines = new Deadlines(50);
  const listened = (client: RedisClient) => {
    // Without a listener, an `error` event ends the process.
    for (const name of ['error', 'node-error']) {
      client.on(name, (error) => {
        if (client === present) onError(error);
      });
    }
    return client;
  };
  let present: RedisClient = listened(make('', undefined));
  let readCommands: SessionCommands | undefined;
  let replacing: Promise<void> | undefined;
  const retired = new Set<RedisClient>();
  const report = (error: unknown) => onError(error instanceof Error ? error : new Error(String(error)));

  const connect = async () => {
    for (let retries = 0; ; retries++) {
      closed.signal.throwIfAborted();
      try {
        await present.connect();
        return;
      } catch (error) {
        // A standalone client retries by itself; those of Sentinel and Cluster give up when they can reach no node.
        report(error);
        await sleep(reconnectDelayMs(retries), undefined, { signal: closed.signal });
      }
    }
  };
  const destroy = async (client: RedisClient) => {
    retired.delete(client);
    try {
      if (client.isOpen) await client.destroy();
    } catch (error) {
      report(error);
    }
  };
  const replace = async (avoid: string) => {
    let next: RedisClient | undefined;
    try {
      next = listened(make(avoid, present));
      await deadlines.within(connectDeadlineMs, next.connect());
      closed.signal.throwIfAborted();
    } catch (error) {
      // The present one stays, and who finds it wanting asks again. A connection that failed is not reported: by now the
      // present one may be well, and whoever takes an error for the beginning of an outage would wait in vain for its end.
      if (next !== undefined) await destroy(next);
      else if (!closed.signal.aborted) report(error);
      return;
    }
    const old = present;
    present = next;
    readCommands = undefined;
    retired.add(old);
    // What is under way on it may end. No call of the store waits for longer than its deadline.
    setTimeout(() => destroy(old), closeDeadlineMs).unref();
  };
  const close = async () => {
    closed.abort(new Error('the connection to Redis was closed'));
    try {
      if (present.isOpen) await deadlines.within(closeDeadlineMs, present.close());
    } catch (error) {
      report(error);
    } finally {
      await Promise.all([present, ...retired].map(destroy));
      await replacing;
    }
  };

  return {
    client: {
      withCommandOptions(options) {
        if (options.abortSignal !== undefined) return present.withCommandOptions(options);
        // Those for reads are always the same, and made once.
        readCommands ??= present.withCommandOptions(options);
        return readCommands;
      },
      get slots() {
        return present.slots;
      },
      get masters() {
        return present.masters;
      },
      nodeClient: (node) => present.nodeClient?.(node),
    },
    connect,
    reconnect: (node = '') => {
      if (closed.signal.aborted || !present.isOpen) return;
      replacing ??= replace(node).finally(() => {
        replacing = undefined;
      });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/**
 * Milliseconds until the next attempt: twice as long each time, from 50 to 400, and of that a random share of one half to
 * all, so that instances do not reconnect at the same moment. Never gives up. With 400, an instance is connected again
 * within half a second of Redis' return.
 */
export function reconnectDelayMs(retries: number): number {
  const backoffMs = Math.min(50 * 2 ** Math.min(retries, 10), 400);
  return backoffMs * (0.5 + Math.random() / 2);
}

/** For a new connection, in milliseconds. */
const connectDeadlineMs = 2000;

const closeDeadlineMs = 1000;

// The node-redis client that the session store needs, for each of the three ways in which Redis is run.

import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, createCluster, createSentinel } from 'redis';
import type { SessionRedis } from './redis-commands.ts';

/** Where Redis is. */
export type RedisAddress =
  | { readonly kind: 'standalone'; readonly url: string }
  | {
      readonly kind: 'sentinel';
      /** The name by which the sentinels know the primary. */
      readonly name: string;
      readonly sentinels: readonly { readonly host: string; readonly port: number }[];
      /** With the password, for the Redis servers. The sentinels are asked without. */
      readonly username?: string;
      readonly password?: string;
    }
  | {
      readonly kind: 'cluster';
      /** Some of the nodes; the others are learned from them. */
      readonly urls: readonly string[];
      readonly username?: string;
      readonly password?: string;
    };

/** A client and its connection. While Redis is down it tries to connect again and again until it is closed. */
export interface SessionRedisConnection extends AsyncDisposable {
  readonly client: SessionRedis;
  /** Starts connecting. Resolves when there is a connection, and rejects only if it is closed before that. */
  connect(): Promise<void>;
  /** Replaces a connection that may be dead; does nothing with a cluster. For the store's option of the same name. */
  reconnect(): void;
  /** Waits for replies to what was sent, but no longer than a second, and disconnects. */
  close(): Promise<void>;
}

/** What happens to a connection, for a log. */
export interface ConnectionEvents {
  /** Called for each connection that failed or broke. */
  onError(error: Error): void;
  /** Called for each connection that can be used: the first, and each one after a loss. */
  onReady?(): void;
}

export function createSessionRedis(address: RedisAddress, events: ConnectionEvents): SessionRedisConnection {
  // Without a listener, an `error` event ends the process.
  const onError = (error: Error) => events.onError(error);
  const onReady = () => events.onReady?.();
  switch (address.kind) {
    case 'standalone':
      return standalone(address.url, onError, onReady);
    case 'sentinel':
      return sentinel(address, onError, onReady);
    case 'cluster':
      return cluster(address, onError, onReady);
  }
}

/** Made anew for each client: node-redis writes into the options that it gets. */
function connectionOptions() {
  return {
    // Without a connection a command fails at once. A queued one would be sent after its caller has given up.
    disableOfflineQueue: true,
    // A command of Redis Enterprise for which the handshake would wait.
    maintNotifications: 'disabled',
    // Together with `socketTimeout`: a connection without traffic is pinged each second, and closed when nothing has come
    // for three seconds. That covers the handshake too, which no command's deadline does.
    pingInterval: 1000,
    socket: { connectTimeout: 1000, socketTimeout: 3000, reconnectStrategy: reconnectDelayMs },
  } as const;
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

type OnError = (error: Error) => void;

function standalone(url: string, onError: OnError, onReady: () => void): SessionRedisConnection {
  const client = createClient({ url, ...connectionOptions() });
  client.on('error', onError);
  client.on('ready', onReady);
  return connection(client, { canReconnect: true, onError });
}

function sentinel(
  address: Extract<RedisAddress, { kind: 'sentinel' }>,
  onError: OnError,
  onReady: () => void,
): SessionRedisConnection {
  const client = createSentinel({
    name: address.name,
    sentinelRootNodes: address.sentinels.map(({ host, port }) => ({ host, port })),
    nodeClientOptions: {
      ...connectionOptions(),
      ...credentials(address),
    },
    sentinelClientOptions: { maintNotifications: 'disabled', socket: { connectTimeout: 1000 } },
    passthroughClientErrorEvents: true,
    // Without it, commands of the same tick wait for one another (sentinel/index.js, `_execute`): two round trips.
    reserveClient: true,
    // Announcements of a failover can be missed.
    scanInterval: 1000,
    // A command whose connection broke would be sent again to the new primary, though it may have been carried out.
    maxCommandRediscovers: 0,
  });
  client.on('error', onError);
  client.on('ready', onReady);
  return connection(client, { canReconnect: true, onError });
}

function cluster(
  address: Extract<RedisAddress, { kind: 'cluster' }>,
  onError: OnError,
  onReady: () => void,
): SessionRedisConnection {
  const client = createCluster({
    rootNodes: address.urls.map((url) => ({ url })),
    defaults: { ...connectionOptions(), ...credentials(address) },
  });
  client.on('error', onError);
  client.on('node-error', onError);
  client.on('node-ready', onReady);
  // If one node does not answer, the connections to the others must stay. Its own is closed by the socket's timeout when
  // nothing is written, and otherwise only when TCP stops retransmitting, after about 15 minutes.
  return connection(client, { canReconnect: false, onError });
}

function credentials({ username, password }: { readonly username?: string; readonly password?: string }) {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
}

/** What the three kinds of clients have in common. */
interface Lifecycle {
  readonly isOpen: boolean;
  connect(): Promise<unknown>;
  close(): Promise<unknown>;
  destroy(): unknown;
}

/** @param canReconnect whether the client may drop its connection for another one */
function connection(
  client: SessionRedis & Lifecycle,
  { canReconnect, onError }: { readonly canReconnect: boolean; readonly onError: OnError },
): SessionRedisConnection {
  const closed = new AbortController();
  const connect = async () => {
    for (let retries = 0; ; retries++) {
      closed.signal.throwIfAborted();
      try {
        await client.connect();
        return;
      } catch (error) {
        // A standalone client retries by itself; those of Sentinel and Cluster give up when they can reach no node.
        onError(asError(error));
        await sleep(reconnectDelayMs(retries), undefined, { signal: closed.signal });
      }
    }
  };
  const reconnect = async () => {
    if (!canReconnect || closed.signal.aborted) return;
    await client.destroy();
    await connect();
  };
  const closeIfOpen = async () => client.isOpen && client.close();
  const close = async () => {
    closed.abort(new Error('the connection to Redis was closed'));
    const deadline = new AbortController();
    try {
      await Promise.race([closeIfOpen(), sleep(closeDeadlineMs, undefined, { signal: deadline.signal })]);
    } catch (error) {
      onError(asError(error));
    } finally {
      deadline.abort();
      await client.destroy();
    }
  };
  return {
    client,
    connect,
    reconnect: () => void reconnect().catch((error: unknown) => onError(asError(error))),
    close,
    [Symbol.asyncDispose]: close,
  };
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

const closeDeadlineMs = 1000;

// The node-redis client that the session store needs, for each of the three ways in which Redis is run.

import { createClient, createCluster, createSentinel } from 'redis';
import type { SessionRedis } from './redis-commands.ts';
import {
  type RedisClient,
  reconnectDelayMs,
  replaceableClient,
  type SessionRedisConnection,
} from './replaceable-client.ts';

/**
 * TLS. The certificate of each server must be valid for the host by which it is asked, and be signed by an authority that
 * is trusted. There is no way to leave the check out.
 */
export interface RedisTls {
  /** The authorities that are trusted, as PEM. Default: those of Node, with what NODE_EXTRA_CA_CERTS adds. */
  readonly ca?: string;
}

/** Where Redis is. Without `tls` the connections are plain, except to a `url` with `rediss:`. */
export type RedisAddress =
  | { readonly kind: 'standalone'; readonly url: string; readonly tls?: RedisTls }
  | {
      readonly kind: 'sentinel';
      /** The name by which the sentinels know the primary. */
      readonly name: string;
      readonly sentinels: readonly { readonly host: string; readonly port: number }[];
      /** With the password, for the Redis servers. The sentinels are asked without. */
      readonly username?: string;
      readonly password?: string;
      /** For the sentinels as well. */
      readonly tls?: RedisTls;
    }
  | {
      readonly kind: 'cluster';
      /** Some of the nodes; the others are learned from them. */
      readonly urls: readonly string[];
      readonly username?: string;
      readonly password?: string;
      readonly tls?: RedisTls;
    };

/** What happens to a connection, for a log. */
export interface ConnectionEvents {
  /** Called for each connection that failed or broke. */
  onError(error: Error): void;
  /** Called for each connection that can be used: the first, and each one after a loss. */
  onReady?(): void;
}

/**
 * Makes a connection for the store, with the options that the store's promises need.
 *
 * @param address or a function that makes a client of the app's own, with options that are not here. Called again for each new
 *   connection; `avoid` is then the address of a cluster's node that does not answer. Its clients should be made with
 *   `disableOfflineQueue: true`.
 */
export function createSessionRedis(
  address: RedisAddress | ((avoid: string) => RedisClient),
  events: ConnectionEvents,
): SessionRedisConnection {
  const make = typeof address === 'function' ? address : clientFor(address);
  return replaceableClient((avoid, present) => {
    const client = make(avoid, present);
    for (const ready of ['ready', 'node-ready']) client.on(ready, () => events.onReady?.());
    return client;
  }, events.onError.bind(events));
}

type MakeClient = (avoid: string, present: SessionRedis | undefined) => RedisClient;

function clientFor(address: RedisAddress): MakeClient {
  switch (address.kind) {
    case 'standalone':
      return () => createClient({ url: address.url, ...connectionOptions(address.tls) });
    case 'sentinel':
      return () => sentinel(address);
    case 'cluster':
      return (avoid, present) => cluster(address, avoid, present);
  }
}

/** Made anew for each client: node-redis writes into the options that it gets. */
function connectionOptions(tls: RedisTls | undefined) {
  return {
    // Without a connection a command fails at once. A queued one would be sent after its caller has given up.
    disableOfflineQueue: true,
    // A command of Redis Enterprise for which the handshake would wait.
    maintNotifications: 'disabled',
    // Together with `socketTimeout`: a connection without traffic is pinged each second, and closed when nothing has come
    // for three seconds. That covers the handshake too, which no command's deadline does.
    pingInterval: 1000,
    socket: {
      connectTimeout: 1000,
      socketTimeout: 3000,
      reconnectStrategy: reconnectDelayMs,
      ...secured(tls),
    },
  } as const;
}

function secured(tls: RedisTls | undefined) {
  return tls === undefined ? {} : ({ ...tls, tls: true } as const);
}

function sentinel(address: Extract<RedisAddress, { kind: 'sentinel' }>): RedisClient {
  return createSentinel({
    name: address.name,
    sentinelRootNodes: address.sentinels.map(({ host, port }) => ({ host, port })),
    nodeClientOptions: { ...connectionOptions(address.tls), ...credentials(address) },
    sentinelClientOptions: {
      maintNotifications: 'disabled',
      socket: { connectTimeout: 1000, ...secured(address.tls) },
    },
    passthroughClientErrorEvents: true,
    // Without it, commands of the same tick wait for one another (sentinel/index.js, `_execute`): two round trips.
    reserveClient: true,
    // Announcements of a failover can be missed.
    scanInterval: 1000,
    // A command whose connection broke would be sent again to the new primary, though it may have been carried out.
    maxCommandRediscovers: 0,
  });
}

/** @param avoid a node that does not answer, and would not say how the cluster looks */
function cluster(
  address: Extract<RedisAddress, { kind: 'cluster' }>,
  avoid: string,
  present: SessionRedis | undefined,
): RedisClient {
  // The host of a node is empty where it does not know it. Then it is that of a connection, which is not known here.
  const known = (present?.masters ?? [])
    .map((node) => urlOf(node.address, address.tls))
    .filter((url) => URL.canParse(url));
  const avoided = hostOf(urlOf(avoid, address.tls));
  const urls = [...new Set([...known, ...address.urls])].filter((url) => hostOf(url) !== avoided);
  return createCluster({
    rootNodes: (urls.length > 0 ? urls : address.urls).map((url) => ({ url })),
    defaults: { ...connectionOptions(address.tls), ...credentials(address) },
    // Connects to a node when it is first asked: a node that does not answer must not hold up the others.
    minimizeConnections: true,
    // How long a connection may be lost before the cluster is asked who has taken over. In milliseconds.
    topologyRefreshOnReconnectionAttemptStrategy: 500,
  });
}

/** In an address an IPv6 host stands as it is, and in a URL in brackets. */
function urlOf(address: string, tls: RedisTls | undefined): string {
  return `${tls === undefined ? 'redis' : 'rediss'}://${address.replace(/^(.*:.*):(\d+)$/, '[$1]:$2')}`;
}

/** With the port; `undefined` where there is none. */
function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}

function credentials({ username, password }: { readonly username?: string; readonly password?: string }) {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
}

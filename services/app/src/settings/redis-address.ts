// Reads REDIS_URL: the address of Redis for each of the three ways in which Redis is run.

import type { RedisAddress } from 'merging-redis-store';

const severalHosts =
  /^redis(?<tls>s?)-(?<kind>sentinel|cluster):\/\/(?:(?<user>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?<hosts>[^@/?#]+)(?:\/(?<name>[\w.-]*))?$/;

/**
 * Reads one of these. Names and passwords are percent-encoded.
 *
 * - `redis://user:password@host:6379`, or `rediss:` with TLS: one server
 * - `redis-sentinel://user:password@host:26379,host:26379/name`: the sentinels, the name by which they know the primary,
 *   and the user and password of the Redis servers
 * - `redis-cluster://user:password@host:6379,host:6379`: some nodes of a cluster
 * - `rediss-sentinel:` and `rediss-cluster:`: with TLS
 *
 * @returns undefined when the text is none of these
 */
export function parseRedisAddress(text: string): RedisAddress | undefined {
  try {
    return /^rediss?:/.test(text) ? oneServer(text) : sentinelOrCluster(text);
  } catch {
    return undefined; // not a URL, or a percent sign that encodes nothing
  }
}

function oneServer(url: string): RedisAddress | undefined {
  const { hostname, protocol } = new URL(url);
  if (hostname === '') return;
  return { kind: 'standalone', url, ...(protocol === 'rediss:' && { tls: {} }) };
}

function sentinelOrCluster(text: string): RedisAddress | undefined {
  const { tls, kind, user, password, hosts, name } = severalHosts.exec(text)?.groups ?? {};
  if (hosts === undefined) return;
  const urls = hosts.split(',').map((host) => new URL(`redis${tls}://${host}`));
  if (urls.some(({ hostname }) => hostname === '')) return;
  const access = {
    ...(tls ? { tls: {} } : {}),
    ...(user ? { username: decodeURIComponent(user) } : {}),
    ...(password ? { password: decodeURIComponent(password) } : {}),
  };
  if (kind === 'cluster') {
    return name === undefined ? { kind, urls: urls.map(({ href }) => href), ...access } : undefined;
  }
  if (!name) return;
  const sentinels = urls.map(({ hostname, port }) => ({
    host: hostname.replace(/^\[|\]$/g, ''), // the brackets of an IPv6 address
    port: Number(port || 26_379),
  }));
  return { kind: 'sentinel', name, sentinels, ...access };
}

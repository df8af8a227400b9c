// The part of nginx's configuration that changes with the instances.

import type { Strategy } from '../fleet.ts';
import { hasNativeSticky, nativeStickyLine, stickyByMap } from './nginx-sticky.ts';

/** An instance as the proxy sees it. */
export interface Server {
  readonly name: string;
  readonly port: number;
}

export interface Routing {
  /** Belongs into `http`: the upstream. */
  readonly upstream: string;
  /** Belongs into the location: where requests go. */
  readonly route: string;
}

export function routing(strategy: Strategy, nginxVersion: string, servers: readonly Server[]): Routing {
  // An upstream without servers is an error to nginx; error_page gives the 503 its JSON body.
  if (servers.length === 0) return { upstream: '', route: 'return 503;\n' };
  if (strategy === 'sticky' && !hasNativeSticky(nginxVersion)) return stickyByMap(servers);
  const sticky = strategy === 'sticky' ? [nativeStickyLine] : [];
  return {
    upstream: upstreamBlock('instances', [...servers.map((server) => serverLine(server)), ...sticky]),
    route: 'proxy_pass http://instances;\n',
  };
}

export function upstreamBlock(name: string, lines: readonly string[]): string {
  return `upstream ${name} {
  # The state of the round robin in memory that all workers share: with one state for each worker, the requests of n
  # workers would be n round robins laid over each other, and not evenly shared.
  zone ${name} 128k;
${lines.map((line) => `  ${line}`).join('\n')}
  # Idle connections that each worker keeps to all instances together. Closed after a second, which is less than what
  # an instance keeps them open for when it drains (DRAIN_IDLE_MS): it is always nginx that closes, never the instance
  # under a request that has just been sent.
  keepalive 64;
  keepalive_timeout 1s;
}
`;
}

/**
 * After two failures within two seconds an instance gets no requests for two seconds, then one to see whether it is
 * back. One failure alone shall not shift the load, and after an outage of all nobody waits long.
 */
export function serverLine(server: Server, extra = ''): string {
  return `server 127.0.0.1:${server.port} max_fails=2 fail_timeout=2s${extra}; # ${server.name}`;
}

// What nginx is told about the instances: the files in its conf.d that are written anew when the instances change.
// What does not depend on them is in infra/nginx.

import type { Strategy } from '../fleet.ts';
import { isAtLeast } from '../version.ts';

/** An instance as the proxy sees it. */
export interface Server {
  readonly name: string;
  readonly port: number;
}

/**
 * Whether `sticky` has to be made of maps (infra/nginx/processes/sticky-by-map): nginx' own came to the free version
 * with 1.29.6.
 */
export function needsStickyByMap(strategy: Strategy, nginxVersion: string): boolean {
  return strategy === 'sticky' && !isAtLeast(nginxVersion, '1.29.6');
}

/** @returns the texts of the files, by their names in conf.d. */
export function upstreamFiles(
  servers: readonly Server[],
  stickyByMap: boolean,
): Readonly<Record<string, string>> {
  // nginx takes no upstream without servers. One that is down leads to the same answer as in containers, where the
  // upstream may be empty: 503 (infra/nginx/errors.conf).
  const lines = servers.length === 0 ? ['server 127.0.0.1:1 down;'] : servers.map((server) => line(server));
  // As in infra/nginx/compose/upstream.conf: all of them count as failed in an overload only, and then are asked all the same.
  const asked = servers.map((server) => line(server, ' backup'));
  const instances = upstream('instances', [...lines, ...asked]);
  if (!stickyByMap) return { 'upstream.conf': instances };
  const oneForEach = servers.map((server) => {
    const others = servers.filter((other) => other !== server).map((other) => line(other, ' backup'));
    return upstream(`only_${server.name}`, [line(server), ...others]);
  });
  return {
    'upstream.conf': `${instances}${oneForEach.join('')}include sticky-by-map/http.conf;\n`,
    'sticky-upstreams.map': servers.map(({ name }) => `${name} only_${name};\n`).join(''),
    'sticky-answered.map': servers.map(({ name, port }) => `'~:${port}$' ${name};\n`).join(''),
  };
}

function upstream(name: string, lines: readonly string[]): string {
  return `upstream ${name} {
${lines.map((text) => `  ${text}`).join('\n')}
  include ../upstream-settings.conf;
}
`;
}

/**
 * After two failures within two seconds an instance gets no requests for two seconds, then one to see whether it is
 * back. As in infra/nginx/compose/upstream.conf. A single failure does not shift the load, which with `sticky` would log
 * users out. Two seconds, so that nobody waits long after an outage of all instances.
 */
function line({ name, port }: Server, role: '' | ' backup' = ''): string {
  const failures = role === '' ? 'max_fails=2 fail_timeout=2s' : 'max_fails=0 backup';
  return `server 127.0.0.1:${port} ${failures}; # ${name}`;
}

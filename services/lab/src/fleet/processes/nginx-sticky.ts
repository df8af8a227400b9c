// Keeping a client on its instance by a cookie that the proxy sets. The cookie holds no secret (every answer names its
// instance) and no right: who forges it chooses an instance, nothing more.

import { isAtLeast } from '../version.ts';
import { type Routing, type Server, serverLine, upstreamBlock } from './nginx-upstream.ts';

export const stickyCookie = 'instance';

/** `sticky` came to the free nginx with 1.29.6; before, only the commercial one had it. */
export function hasNativeSticky(nginxVersion: string): boolean {
  return isAtLeast(nginxVersion, '1.29.6');
}

/** https://nginx.org/en/docs/http/ngx_http_upstream_module.html#sticky. Has to come before `keepalive`. */
export const nativeStickyLine = `sticky cookie ${stickyCookie} httponly samesite=lax path=/;`;

/**
 * The same for an older nginx, out of parts that it has: a map from the cookie to an upstream for each instance, in
 * which that instance is alone and the others are only its backup.
 */
export function stickyByMap(servers: readonly Server[]): Routing {
  const own = servers.map((server) =>
    upstreamBlock(`only_${server.name}`, [
      serverLine(server),
      ...servers.filter((other) => other !== server).map((other) => serverLine(other, ' backup')),
    ]),
  );
  const all = upstreamBlock(
    'instances',
    servers.map((server) => serverLine(server)),
  );
  return {
    upstream: `${all}
${own.join('\n')}
# A cookie that names an instance of old, or none: any instance will do.
map $cookie_${stickyCookie} $sticky_upstream {
  default instances;
${servers.map((server) => `  ${server.name} only_${server.name};`).join('\n')}
}

# Who answered. When several were tried, the address of the one that answered is the last.
map $upstream_addr $sticky_answered {
  default '';
${servers.map((server) => `  '~:${server.port}$' ${server.name};`).join('\n')}
}

# The cookie is set only when it does not name the one that answered. nginx sends no header whose value is empty.
map '$cookie_${stickyCookie}=$sticky_answered' $sticky_cookie {
  default '${stickyCookie}=$sticky_answered; Path=/; HttpOnly; SameSite=Lax';
  '~^(?<sticky_same>[^=]*)=\\k<sticky_same>$' '';
  '~=$' '';
}
`,
    route: `proxy_pass http://$sticky_upstream;
add_header Set-Cookie $sticky_cookie always;
`,
  };
}

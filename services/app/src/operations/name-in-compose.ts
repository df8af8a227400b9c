// The name that `docker compose ps` shows for this container, such as `app-3`. A container is not told its own, but the name
// server of its networks knows which container has an address: `firstproject-app-3.firstproject_front`.

import { Resolver } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';

/** https://docs.docker.com/engine/network/#dns-services */
const dockersNameServer = '127.0.0.11';

export interface NameServer {
  /** @returns the names of an address, written as for a PTR record; rejects where there is none */
  resolvePtr(address: string): Promise<string[]>;
}

/**
 * Asked anew at each start: a container that is started again may have got another address.
 * @returns undefined where this is no container of Compose
 */
export async function nameInCompose(
  nameServer: NameServer = askDocker(),
  addresses: readonly string[] = ownAddresses(),
): Promise<string | undefined> {
  // Not `reverse`, which looks into /etc/hosts first, and finds the host's name there.
  const found = addresses.map(async (address) => nameServer.resolvePtr(ptr(address)).catch(() => []));
  return (await Promise.all(found))
    .flat()
    .map(serviceAndNumber)
    .find((name) => name !== undefined);
}

/** `PROJECT-SERVICE-NUMBER.PROJECT_NETWORK`. The names of all three may hold hyphens and underscores too. */
function serviceAndNumber(name: string): string | undefined {
  const [container = '', network = ''] = name.split('.', 2);
  for (let end = network.lastIndexOf('_'); end > 0; end = network.lastIndexOf('_', end - 1)) {
    const before = `${network.slice(0, end)}-`;
    const rest = container.startsWith(before) ? container.slice(before.length) : '';
    if (/^[\w-]+-\d+$/.test(rest)) return rest;
  }
  return undefined;
}

const ptr = (address: string) => `${address.split('.').reverse().join('.')}.in-addr.arpa`;

function askDocker(): NameServer {
  // It is in the container's own network and answers at once, or not at all.
  const resolver = new Resolver({ timeout: 1000, tries: 2 });
  resolver.setServers([dockersNameServer]);
  return resolver;
}

function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address);
}

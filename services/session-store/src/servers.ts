// The servers behind a client: one, or the primaries of a cluster. A node that does not answer must cost its own sessions
// only, so deadlines and breakers are kept for each, and what is asked of all of them is asked of each by itself.

import type { ClusterNode, CommandOptions, ServerCommands, SessionRedis, Target } from './redis-commands.ts';
import { NoServer } from './redis-errors.ts';

/** The address of the primary that serves the key; `''` for all keys where Redis is not a cluster. */
export function nodeOf(client: SessionRedis, key: string): string {
  return client.slots?.[hashSlot(key)]?.master.address ?? '';
}

/** All servers that hold sessions. */
export function serversOf(client: SessionRedis): Target<ServerCommands>[] {
  const { masters } = client;
  if (masters === undefined) return [{ client: client as unknown as ServerClient, node: '' }];
  // Not connected yet, or closed. Without any server there would seem to be no session.
  if (masters.length === 0) return [{ client: noServer, node: '' }];
  return masters.map((master) => serverOf(client, master));
}

/** The server that holds a key. */
export function serverWith(client: SessionRedis, key: string): Target<ServerCommands> {
  const { masters } = client;
  if (masters === undefined) return { client: client as unknown as ServerClient, node: '' };
  const node = nodeOf(client, key);
  const master = masters.find(({ address }) => address === node);
  return master === undefined ? { client: noServer, node } : serverOf(client, master);
}

type ServerClient = Target<ServerCommands>['client'];

const noServer: ServerClient = {
  withCommandOptions() {
    throw new NoServer('no known node of the cluster serves this key');
  },
};

/** Its connection may have to be made first, which is part of the call and of its deadline. */
function serverOf(client: SessionRedis, master: ClusterNode): Target<ServerCommands> {
  const withCommandOptions = (options: CommandOptions): ServerCommands => {
    const connected = (async () => {
      const node = (await client.nodeClient?.(master)) as ServerClient;
      return node.withCommandOptions(options);
    })();
    // Commands that are called in one tick are sent in one tick, as the client itself does.
    const get =
      (_: object, name: string) =>
      async (...args: unknown[]) => {
        const commands = await connected;
        return Reflect.apply(Reflect.get(commands, name), commands, args);
      };
    return new Proxy({}, { get }) as ServerCommands;
  };
  return { client: { withCommandOptions }, node: master.address };
}

/** The hash slot of a key, by the part in its first braces if there is one (Redis Cluster specification). */
export function hashSlot(key: string): number {
  const tag = /^[^{]*\{([^}]+)\}/.exec(key)?.[1];
  let crc = 0;
  for (const byte of Buffer.from(tag ?? key)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  return crc % 16_384;
}

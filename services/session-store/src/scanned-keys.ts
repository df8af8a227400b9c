import type { ServerCommands, Target } from './redis-commands.ts';

type Server = Target<ServerCommands>;

/**
 * The keys with a prefix on some servers, each one once, in portions as SCAN gives them.
 *
 * @param scan sends one SCAN
 */
export async function* scannedKeys(
  servers: readonly Server[],
  prefix: string,
  scan: (server: Server, cursor: string, pattern: { MATCH: string }) => Promise<unknown>,
): AsyncGenerator<string[]> {
  const pattern = { MATCH: `${prefix.replace(/[\\*?[\]]/g, '\\$&')}*` };
  const known = new Set<string>();
  for (const server of servers) {
    let cursor = '0';
    do {
      const page = (await scan(server, cursor, pattern)) as { cursor: unknown; keys: unknown[] };
      cursor = String(page.cursor);
      const keys = page.keys.map(String).filter((key) => !known.has(key));
      for (const key of keys) known.add(key);
      if (keys.length > 0) yield keys;
    } while (cursor !== '0');
  }
}

// What Redis is asked for, counted on both sides: the commands by Redis itself, the round trips on the way to it.

import { createClient } from 'redis';
import type { RelayOptions } from './relay.ts';

/** Commands by name, without a connection's small talk. Those that a script calls count as well. */
export type CommandCounts = Readonly<Record<string, number>>;

/** What connections say to each other whether or not there are requests, and what the counting itself asks for. */
const smallTalk = /^(hello|auth|client|select|info|ping|command|config|quit|function)\b/;

export interface RedisCounter extends AsyncDisposable {
  /** Since Redis started, from INFO commandstats. */
  counts(): Promise<CommandCounts>;
}

/** Opens a connection of its own. Held with `await using`. */
export async function countCommands(url: string): Promise<RedisCounter> {
  const client = createClient({ url });
  // A lost connection rejects the command that is waiting, where it is handled.
  client.on('error', () => {});
  await client.connect();
  return {
    async counts() {
      const info = await client.info('commandstats');
      const lines = info.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm);
      const counts = Array.from(lines, ([, name = '', calls]): [string, number] => [name, Number(calls)]);
      return Object.fromEntries(counts.filter(([name]) => !smallTalk.test(name)));
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
    },
  };
}

/** What came on top, command by command; those that did not are left out. */
export function difference(before: CommandCounts, after: CommandCounts): CommandCounts {
  const more = Object.entries(after).map(([name, calls]): [string, number] => [
    name,
    calls - (before[name] ?? 0),
  ]);
  return Object.fromEntries(more.filter(([, calls]) => calls > 0));
}

/** node-redis asks so whether a connection still lives, each second and independently of requests. */
const ping = '*1\r\n$4\r\nPING\r\n';

/**
 * Counts round trips where a relay passes them on: whatever is sent after something came back is a new one, and what is
 * sent together, or without waiting for the answer, is one.
 */
export class RoundTrips {
  #count = 0;
  readonly #waiting = new WeakSet<object>();

  get count(): number {
    return this.#count;
  }

  readonly onArrival: NonNullable<RelayOptions['onArrival']> = (connection, direction, bytes) => {
    if (direction === 'back') {
      this.#waiting.delete(connection);
    } else if (!this.#waiting.has(connection) && bytes.toString('latin1') !== ping) {
      this.#waiting.add(connection);
      this.#count++;
    }
  };
}

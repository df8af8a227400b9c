// How much Redis is used, counted at two places: the commands by Redis itself, the round trips by a relay in front of it.

import { createClient } from 'redis';
import type { RelayOptions } from './relay.ts';

/** How often each command was called, by its name. Those that a script calls count as well. */
export type CommandCounts = Readonly<Record<string, number>>;

/** Commands that connections send whether or not there are requests, and those of the counting itself. */
const notCounted = /^(hello|auth|client|select|info|ping|command|config|quit|function)\b/;

export interface CommandCounter extends AsyncDisposable {
  /** Since Redis started, from INFO commandstats. */
  counts(): Promise<CommandCounts>;
}

/** Opens a connection of its own. Held with `await using`. */
export async function openCommandCounter(url: string): Promise<CommandCounter> {
  const client = createClient({ url });
  // A lost connection also rejects the command that is waiting, and that is where it is handled.
  client.on('error', () => {});
  await client.connect();
  return {
    async counts() {
      const info = await client.info('commandstats');
      const lines = info.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm);
      const counts = Array.from(lines, ([, name = '', calls]): [string, number] => [name, Number(calls)]);
      return Object.fromEntries(counts.filter(([name]) => !notCounted.test(name)));
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
    },
  };
}

/** How much each count has grown; those that have not are left out. */
export function increase(before: CommandCounts, after: CommandCounts): CommandCounts {
  const increases = Object.entries(after).map(([name, calls]): [string, number] => [
    name,
    calls - (before[name] ?? 0),
  ]);
  return Object.fromEntries(increases.filter(([, calls]) => calls > 0));
}

/**
 * Sent about once a second, whatever the requests are: by node-redis to find out whether a connection still works, and by
 * an instance to see how much memory Redis has left.
 */
const isOfNoRequest = (sent: string) =>
  sent === '*1\r\n$4\r\nPING\r\n' || sent === '*2\r\n$4\r\nINFO\r\n$6\r\nmemory\r\n';

/**
 * Counts the round trips of a relay's connections. The first bytes to Redis after an answer begin a new round trip; what
 * follows without waiting for the answer belongs to the same one.
 */
export class RoundTripCounter {
  #count = 0;
  readonly #waiting = new WeakSet<object>();

  get count(): number {
    return this.#count;
  }

  readonly onArrival: NonNullable<RelayOptions['onArrival']> = (connection, direction, bytes) => {
    if (direction === 'to-client') {
      this.#waiting.delete(connection);
    } else if (!this.#waiting.has(connection) && !isOfNoRequest(bytes.toString('latin1'))) {
      this.#waiting.add(connection);
      this.#count++;
    }
  };
}

// What Redis says of itself: processor time, memory, and the time of each command.

import { createClient } from 'redis';

export interface RedisReading {
  readonly atMs: number;
  /** Processor time of the thread that serves commands, in microseconds. Writing files is other threads' and processes' work. */
  readonly cpuUs: number;
  /** `used_memory`, and the resident set of the process, in bytes. */
  readonly usedBytes: number;
  readonly residentBytes: number;
  readonly keys: number;
  /** How long the last fork held up everything, in microseconds; 0 before the first. */
  readonly forkUs: number;
  readonly expiredKeys: number;
  /** Calls, and microseconds in them, by command. Those that a script calls count too, and in the script's own time again. */
  readonly commands: Readonly<Record<string, { readonly calls: number; readonly us: number }>>;
}

export interface RedisMeter extends AsyncDisposable {
  read(): Promise<RedisReading>;
  /** One command, word by word. */
  command(...words: string[]): Promise<unknown>;
}

/** Opens a connection of its own, which comes back by itself when Redis was down. */
export async function openRedisMeter(url: string): Promise<RedisMeter> {
  const client = createClient({ url, disableOfflineQueue: true, socket: { reconnectStrategy: 100 } });
  // A lost connection also rejects the command that is waiting, and that is where it is handled.
  client.on('error', () => {});
  await client.connect();
  return {
    read: async () => reading(await client.sendCommand(['INFO', 'everything'])),
    command: (...words) => client.sendCommand(words),
    async [Symbol.asyncDispose]() {
      client.destroy();
    },
  };
}

/** Of the answer to INFO everything. @throws {TypeError} Where it lacks a figure. */
export function reading(info: unknown): RedisReading {
  const text = String(info);
  const figure = (name: string) => {
    const [, value] = new RegExp(`^${name}:([\\d.]+)`, 'm').exec(text) ?? [];
    if (value === undefined) throw new TypeError(`INFO of Redis did not carry ${name}`);
    return Number(value);
  };
  // Redis 6.2 and older do not tell the threads apart.
  const thread = text.includes('used_cpu_user_main_thread:') ? '_main_thread' : '';
  const lines = text.matchAll(/^cmdstat_([^:]+):calls=(\d+),usec=(\d+)/gm);
  const [, keys = '0'] = /^db0:keys=(\d+)/m.exec(text) ?? [];
  return {
    atMs: performance.now(),
    cpuUs: (figure(`used_cpu_user${thread}`) + figure(`used_cpu_sys${thread}`)) * 1e6,
    usedBytes: figure('used_memory'),
    residentBytes: figure('used_memory_rss'),
    keys: Number(keys),
    forkUs: figure('latest_fork_usec'),
    expiredKeys: figure('expired_keys'),
    commands: Object.fromEntries(
      Array.from(lines, ([, name = '', calls, us]) => [name, { calls: Number(calls), us: Number(us) }]),
    ),
  };
}

/** Cores that Redis used between two readings. */
export function coresBetween(before: RedisReading, after: RedisReading): number {
  return (after.cpuUs - before.cpuUs) / 1000 / (after.atMs - before.atMs);
}

/** How much each command's calls and time have grown; those without a call are left out. */
export function commandsBetween(before: RedisReading, after: RedisReading): RedisReading['commands'] {
  const grown = Object.entries(after.commands).map(([name, { calls, us }]) => {
    const then = before.commands[name] ?? { calls: 0, us: 0 };
    return [name, { calls: calls - then.calls, us: us - then.us }] as const;
  });
  return Object.fromEntries(grown.filter(([, { calls }]) => calls > 0));
}

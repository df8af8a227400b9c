import type { RedisServer } from './redis.ts';
import { until } from './wait.ts';

/** How often Redis carried out each command while something was done, the connection's own small talk left out. */
export async function commandsDuring(
  redis: RedisServer,
  work: () => Promise<unknown>,
): Promise<Record<string, number>> {
  const before = await callsByCommand(redis);
  await work();
  const after = await callsByCommand(redis);
  const counts = Object.entries(after).map(([name, calls]): [string, number] => [
    name,
    calls - (before[name] ?? 0),
  ]);
  return Object.fromEntries(counts.filter(([name, calls]) => calls > 0 && !smallTalk.test(name)));
}

const smallTalk = /^(hello|client|info|ping|config|quit|command|select|auth)\b/;

async function callsByCommand(redis: RedisServer): Promise<Record<string, number>> {
  const info = String(await redis.command('INFO', 'commandstats'));
  const lines = info.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm);
  return Object.fromEntries(Array.from(lines, ([, name = '', calls = '0']) => [name, Number(calls)]));
}

/** How often each command was sent with a session's key while something was done. What a script calls is not sent. */
export async function commandsOnSessions(
  redis: RedisServer,
  work: () => Promise<unknown>,
): Promise<Record<string, number>> {
  const seen: string[] = [];
  await redis.ask(async (client) => {
    await client.monitor((line) => void seen.push(String(line)));
    await work();
    // What was sent before it is seen before it.
    await redis.command('ECHO', 'the end');
    await until('all commands are seen', () => seen.some((line) => line.includes('"the end"')));
  });
  const counts: Record<string, number> = {};
  for (const line of seen) {
    const [, name] = /(?<! lua)\] "(\w+)"(?: "\w+" "\d")? "sess:/.exec(line) ?? [];
    if (name !== undefined) counts[name.toLowerCase()] = (counts[name.toLowerCase()] ?? 0) + 1;
  }
  return counts;
}

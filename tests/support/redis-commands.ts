import type { RedisServer } from './redis.ts';

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

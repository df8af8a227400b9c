// What one person's session takes in Redis, by what is in it.

import { hashedName } from 'merging-redis-store';
import type { RedisMeter } from '../redis/redis-meter.ts';
import { madeSession } from '../sessions/made-session.ts';

export interface SessionSize {
  readonly cartLines: number;
  /** Of the stored text. */
  readonly textBytes: number;
  /** Growth of `used_memory` for one person: session, list, and their share of Redis' tables. */
  readonly bytes: number;
  /** Of that, the user's list with one session (MEMORY USAGE), which outlives the session. */
  readonly listBytes: number;
}

export async function measureSize(
  meter: RedisMeter,
  seed: string,
  { cartLines, sessions }: { readonly cartLines: number; readonly sessions: number },
  fill: () => Promise<unknown>,
): Promise<SessionSize> {
  const before = await meter.read();
  await fill();
  const after = await meter.read();
  const key = `sess:${hashedName(madeSession(seed, 0).id)}`;
  const list = key.slice(0, key.indexOf('}') + 1);
  const size = async (...words: string[]) => Number(await meter.command(...words));
  return {
    cartLines,
    textBytes: await size('STRLEN', key),
    bytes: Math.round((after.usedBytes - before.usedBytes) / sessions),
    listBytes: await size('MEMORY', 'USAGE', list),
  };
}

// Writes or renews a session only if Redis still holds the text that the writer expects. `SET … IFEQ` of Redis 8.4 would be
// a second way that needs tests too. The script compares and moves texts and does not parse them: Lua's cjson turns []
// into {} and rounds long numbers.

import { createHash } from 'node:crypto';
import type { SessionCommands } from './redis-commands.ts';
import { byEval, type Script } from './scripts.ts';

/** `stored`, `gone` (there is no such key), or the text that is there instead of the expected one. */
export type CompareAndSet =
  | { readonly outcome: 'stored' }
  | { readonly outcome: 'gone' }
  | { readonly outcome: 'changed'; readonly text: string };

export interface ConditionalWrite {
  readonly key: string;
  readonly expected: string;
  /** Absent: the text stays, only its time to live is set. */
  readonly text?: string | undefined;
  /** Absent: the time to live stays as it is. */
  readonly ttlMs?: number | undefined;
}

/** Writes where Redis holds the expected text. Changes nothing where it holds another one, or none. */
export async function compareAndSet(
  commands: SessionCommands,
  { key, expected, text, ttlMs }: ConditionalWrite,
  run = byEval,
): Promise<CompareAndSet> {
  const isLong = expected.length > longestSent;
  const mark = isLong ? createHash('sha1').update(expected).digest('hex') : expected;
  const script = text === undefined ? renewScript : writeScript;
  const words = [mark, text ?? '', String(ttlMs ?? ''), isLong ? 'sha1' : ''];
  const reply = await run(commands, script, { keys: [key], arguments: words });
  if (reply === 1) return { outcome: 'stored' };
  return typeof reply === 'string' ? { outcome: 'changed', text: reply } : { outcome: 'gone' };
}

/** Longer texts are compared by their SHA-1, so that a large session is not sent twice. In characters. */
const longestSent = 4096;

const writeScript: Script = {
  name: 'write',
  body: `
local present = redis.call('GET', KEYS[1])
if not present then return false end
local mark = present
if ARGV[4] == 'sha1' then mark = redis.sha1hex(present) end
if mark ~= ARGV[1] then return present end
if ARGV[2] == '' then redis.call('PEXPIRE', KEYS[1], ARGV[3])
elseif ARGV[3] == '' then redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1
`,
};

/** While Redis is full, the sessions that are there have to be renewed all the same. */
const renewScript: Script = { ...writeScript, name: 'renew', flag: 'allow-oom' };

export const compareAndSetScripts: readonly Script[] = [writeScript, renewScript];

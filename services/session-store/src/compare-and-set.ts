// Writes a session only if it still is what the writer believes. In Lua because that is atomic on every Redis and with
// every kind of client; `SET … IFEQ` of Redis 8.4 would be a second way to keep tested beside it. The script moves texts
// and reads none: Lua's cjson queue [] into {} and cuts long numbers.

import { createHash } from 'node:crypto';
import { ErrorReply } from 'redis';
import type { SessionCommands } from './redis-commands.ts';

/** `stored`, `gone` (there is no such key), or the text that is there instead of the expected one. */
export type CompareAndSet =
  | { readonly outcome: 'stored' }
  | { readonly outcome: 'gone' }
  | { readonly outcome: 'changed'; readonly text: string };

/** Replaces `expected` by `text` and gives it `ttlMs` to live. Leaves everything as it is where something else is there. */
export async function compareAndSet(
  commands: SessionCommands,
  write: { readonly key: string; readonly expected: string; readonly text: string; readonly ttlMs: number },
): Promise<CompareAndSet> {
  const options = { keys: [write.key], arguments: [write.expected, write.text, String(write.ttlMs)] };
  const reply = await commands.evalSha(sha1, options).catch((error: unknown) => {
    // After a restart, a failover or SCRIPT FLUSH. EVAL brings the script along and keeps it for the next time.
    if (error instanceof ErrorReply && error.message.startsWith('NOSCRIPT'))
      return commands.eval(script, options);
    throw error;
  });
  if (reply === 1) return { outcome: 'stored' };
  if (reply === null || reply === undefined) return { outcome: 'gone' };
  if (typeof reply === 'string') return { outcome: 'changed', text: reply };
  throw new TypeError(`compare-and-set got an answer of type ${typeof reply} from Redis`);
}

const script = `
local present = redis.call('GET', KEYS[1])
if present == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  return 1
end
return present
`;

const sha1 = createHash('sha1').update(script).digest('hex');

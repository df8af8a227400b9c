// Writes a session only if Redis still holds the text that the writer expects. In Lua because that is atomic on every
// Redis and with every kind of client; `SET … IFEQ` of Redis 8.4 would be a second way that needs tests too. The script
// compares and moves texts and does not parse them: Lua's cjson turns [] into {} and rounds long numbers.

import { createHash } from 'node:crypto';
import { ErrorReply } from 'redis';
import type { SessionCommands } from './redis-commands.ts';

/** `stored`, `gone` (there is no such key), or the text that is there instead of the expected one. */
export type CompareAndSet =
  | { readonly outcome: 'stored' }
  | { readonly outcome: 'gone' }
  | { readonly outcome: 'changed'; readonly text: string };

/** Replaces `expected` by `text`, with the TTL `ttlMs`. Changes nothing where Redis holds another text, or none. */
export async function compareAndSet(
  commands: SessionCommands,
  write: { readonly key: string; readonly expected: string; readonly text: string; readonly ttlMs: number },
): Promise<CompareAndSet> {
  const options = { keys: [write.key], arguments: [write.expected, write.text, String(write.ttlMs)] };
  const reply = await commands.evalSha(sha1, options).catch((error: unknown) => {
    // After a restart, a failover or SCRIPT FLUSH. EVAL sends the script, and Redis keeps it for the next EVALSHA.
    if (error instanceof ErrorReply && error.message.startsWith('NOSCRIPT'))
      return commands.eval(script, options);
    throw error;
  });
  if (reply === 1) return { outcome: 'stored' };
  if (reply === null || reply === undefined) return { outcome: 'gone' };
  if (typeof reply === 'string') return { outcome: 'changed', text: reply };
  throw new TypeError(`compare-and-set got a reply of type ${typeof reply} from Redis`);
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

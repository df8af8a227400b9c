// What Redis does for the throttles in one step. The same Lua is sent once (EVAL) and then named by its hash (EVALSHA), or
// loaded by an administrator as a library of functions (FCALL), for a Redis whose users may not send scripts of their own.

import { createHash } from 'node:crypto';
import type { FunctionLibrary, SessionRedis } from 'merging-redis-store';

const bodies = {
  // For rate-limiter-flexible, in place of its own script (customIncrTtlLuaScript, with the same arguments and answer):
  // what is refused is not counted, so a flood writes nothing and does not use up what is given back; and what is given
  // back after its window has ended does not make the next one longer.
  // KEYS: the count. ARGV: points to add or to give back, seconds of the window, the limit. Answer: the count, its ms.
  count: `
local points, seconds, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local after = tonumber(redis.call('get', KEYS[1]) or '0') + points
local ttl = redis.call('pttl', KEYS[1])
if after > limit then return {after, ttl} end
if after <= 0 then
  redis.call('del', KEYS[1])
  return {0, 0}
end
if ttl < 0 then
  redis.call('set', KEYS[1], after, 'EX', seconds)
  return {after, seconds * 1000}
end
redis.call('incrby', KEYS[1], points)
return {after, ttl}
`,
  // KEYS: the addresses of one account. ARGV: an address, how many are kept, for how many seconds.
  remember: `
redis.call('zadd', KEYS[1], redis.call('time')[1], ARGV[1])
redis.call('zremrangebyrank', KEYS[1], 0, -1 - tonumber(ARGV[2]))
redis.call('expire', KEYS[1], ARGV[3])
`,
  // KEYS: the addresses of one account. ARGV: an address, for how many seconds it is known. Answer: 1 or 0.
  knows: `
local since = redis.call('zscore', KEYS[1], ARGV[1])
if since and tonumber(since) + tonumber(ARGV[2]) > tonumber(redis.call('time')[1]) then return 1 end
return 0
`,
} as const;

export type ThrottleScript = keyof typeof bodies;

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');
const sha1s = { count: sha1(bodies.count), remember: sha1(bodies.remember), knows: sha1(bodies.knows) };

/** With a hash of them in the name: instances of two versions of the app work side by side, each with its own library. */
const library = `throttles_${createHash('sha256').update(JSON.stringify(bodies)).digest('hex').slice(0, 8)}`;

/** What prepare-redis.ts loads. */
export const throttleFunctions: FunctionLibrary = {
  name: library,
  text: [
    `#!lua name=${library}`,
    ...Object.entries(bodies).map(
      ([name, body]) => `redis.register_function('${library}_${name}', function(KEYS, ARGV)${body}end)`,
    ),
  ].join('\n'),
};

/** Runs a script on one key. */
export type RunScript = (script: ThrottleScript, key: string, args: readonly string[]) => Promise<unknown>;

/** @param scripts `functions` where {@link throttleFunctions} is loaded */
export function scriptRunner(client: SessionRedis, scripts: 'eval' | 'functions'): RunScript {
  return async (script, key, args) => {
    const commands = client.withCommandOptions({ timeout: 0, typeMapping: {} });
    const options = { keys: [key], arguments: [...args] };
    if (scripts === 'eval') {
      return commands.evalSha(sha1s[script], options).catch((error: unknown) => {
        // After a restart, a failover or SCRIPT FLUSH. EVAL sends the script, and Redis keeps it for the next EVALSHA.
        if (error instanceof Error && error.message.startsWith('NOSCRIPT'))
          return commands.eval(bodies[script], options);
        throw error;
      });
    }
    if (!('fCall' in commands) || typeof commands.fCall !== 'function') {
      throw new TypeError('this client of Redis has no FCALL');
    }
    return commands.fCall(`${library}_${script}`, options);
  };
}

// The store's scripts, sent by EVALSHA and EVAL or called as functions of a library that an administrator has loaded. In
// Lua because that is atomic on every Redis and with every kind of client.

import { createHash } from 'node:crypto';
import type { SessionCommands } from './redis-commands.ts';
import { replyCode } from './redis-errors.ts';

export interface Script {
  /** Of the function, after the library's name. */
  readonly name: string;
  /** Lua, with the arrays KEYS and ARGV. */
  readonly body: string;
  /**
   * Of the function. Without `allow-oom` Redis refuses it while its memory is full, whatever it does. EVAL refuses then only
   * a script whose first write needs memory.
   */
  readonly flag?: 'allow-oom' | 'no-writes';
}

export interface ScriptOptions {
  keys: string[];
  arguments: string[];
}

export type RunScript = (
  commands: SessionCommands,
  script: Script,
  options: ScriptOptions,
) => Promise<unknown>;

export const byEval: RunScript = (commands, { body }, options) =>
  commands.evalSha(sha1(body), options).catch((error: unknown) => {
    // After a restart, a failover or SCRIPT FLUSH. EVAL sends the script, and Redis keeps it for the next EVALSHA.
    if (replyCode(error) === 'NOSCRIPT') return commands.eval(body, options);
    throw error;
  });

const sha1s = new Map<string, string>();

function sha1(body: string): string {
  let known = sha1s.get(body);
  if (known === undefined) {
    known = createHash('sha1').update(body).digest('hex');
    sha1s.set(body, known);
  }
  return known;
}

// Commands that end only when replicas have confirmed them.

import type { ServerCommands, SessionCommands } from './redis-commands.ts';

/** Done on the primary, and not confirmed by as many replicas as were asked for. */
export class NotReplicated extends Error {
  override readonly name = 'NotReplicated';
}

/**
 * WAIT counts what was written on its own connection. So it is sent in the same tick as each write, before a lost
 * connection could be replaced by one that has written nothing, on which WAIT confirms at once.
 *
 * @param timeoutMs how long Redis waits for the replicas
 */
export function replicated(commands: ServerCommands, replicas: number, timeoutMs: number): SessionCommands {
  const confirmed = async (write: Promise<unknown>): Promise<unknown> => {
    const [reply, confirmations] = await Promise.all([write, commands.wait(replicas, timeoutMs)]);
    if (Number(confirmations) >= replicas) return reply;
    throw new NotReplicated(`${confirmations} of ${replicas} replicas have confirmed it`);
  };
  return {
    get: (key) => commands.get(key),
    pTTL: (key) => commands.pTTL(key),
    exists: (key) => commands.exists(key),
    hGet: (key, field) => commands.hGet(key, field),
    pExpire: (key, ms) => commands.pExpire(key, ms),
    set: (key, value, options) => confirmed(commands.set(key, value, options)),
    del: (key) => confirmed(commands.del(key)),
    fCall: (name, options) => confirmed(commands.fCall(name, options)),
    eval: (script, options) => confirmed(commands.eval(script, options)),
    // A script that Redis does not know would cost two waits. So it is sent each time.
    evalSha: async () => {
      throw new Error('NOSCRIPT not asked');
    },
  };
}

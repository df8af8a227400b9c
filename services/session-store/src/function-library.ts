// The store's scripts as a library of Redis functions (Redis 7), which an administrator loads beforehand: then the app's
// Redis user needs neither EVAL nor EVALSHA, and an instance that is taken over cannot run scripts of its own.

import { createHash } from 'node:crypto';
import { compareAndSetScripts } from './compare-and-set.ts';
import { ownerListScripts } from './owner-list.ts';
import type { ServerCommands, SessionRedis } from './redis-commands.ts';
import type { RunScript, Script } from './scripts.ts';
import { serversOf } from './servers.ts';

/** A library for FUNCTION LOAD. */
export interface FunctionLibrary {
  readonly name: string;
  readonly text: string;
}

/** Tells whether the library is there, and does nothing. */
export const readyScript: Script = { name: 'ready', flag: 'no-writes', body: 'return 1' };

/**
 * The functions for `scripts: 'functions'`. The name has a hash of them, so that those of two versions of the store are side
 * by side during a deploy. An old one is removed with FUNCTION DELETE.
 */
export const sessionFunctions: FunctionLibrary = libraryOf('sessions', [
  readyScript,
  ...compareAndSetScripts,
  ...ownerListScripts,
]);

function libraryOf(subject: string, scripts: readonly Script[]): FunctionLibrary {
  const hash = createHash('sha1').update(JSON.stringify(scripts)).digest('hex').slice(0, 10);
  const name = `${subject}_${hash}`;
  const functions = scripts.map(
    ({ name: own, body, flag }) =>
      `redis.register_function{function_name='${name}_${own}', flags={${flag ? `'${flag}'` : ''}}, callback=function(KEYS, ARGV)\n${body}\nend}\n`,
  );
  return { name, text: `#!lua name=${name}\n${functions.join('')}` };
}

export const byFunction: RunScript = (commands, { name }, options) =>
  commands.fCall(`${sessionFunctions.name}_${name}`, options).catch((cause: unknown) => {
    if (!/function not found/i.test(String(Object(cause).message))) throw cause;
    // In the form of an error reply, which it is.
    throw new Error(
      `NOFUNCTION the library ${sessionFunctions.name} is not loaded in this Redis; an administrator has to load it, see loadFunctions`,
      { cause },
    );
  });

/**
 * Loads libraries where they are missing: on the server, or on each primary of a cluster. Redis stores them with the data and
 * gives them to its replicas. Needs a user who may FUNCTION LOAD.
 *
 * @returns the names of those that were missing somewhere
 */
export async function loadFunctions(
  client: SessionRedis,
  libraries: readonly FunctionLibrary[] = [sessionFunctions],
): Promise<string[]> {
  const loaded = new Set<string>();
  for (const server of serversOf(client)) {
    const commands = server.client.withCommandOptions({ timeout: 0, typeMapping: {} });
    for (const { name, text } of libraries) {
      if (await isLoadedNow(commands, text)) loaded.add(name);
    }
  }
  return [...loaded];
}

async function isLoadedNow(commands: ServerCommands, text: string): Promise<boolean> {
  try {
    await commands.functionLoad(text);
    return true;
  } catch (error) {
    if (/already exists/i.test(String(Object(error).message))) return false;
    throw error;
  }
}

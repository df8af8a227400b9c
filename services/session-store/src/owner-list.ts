// A user's sessions: a hash with an entry for each, beside their keys and on the same node. What has to be true of the list
// and of the sessions together is done by one script, so that no login, renewal or ending finds a moment between.
//
// The list's key is the first part of the keys of its sessions. An entry is the session's epoch, its lifetime in
// milliseconds and the app's details, separated by blanks. The field `epoch` has the epoch below which all have ended.

import type { SessionCommands } from './redis-commands.ts';
import type { RunScript, Script } from './scripts.ts';

export interface OwnedWrite {
  readonly key: string;
  readonly listKey: string;
  /** The session's name in the list. */
  readonly name: string;
  readonly text: string;
  readonly ttlMs: number;
  readonly epoch: number;
  readonly details: string;
  /** 0: any number. */
  readonly maxSessions: number;
  /** How long the list is kept from now, in milliseconds. */
  readonly keepMs: number;
}

export interface ListEntry {
  readonly name: string;
  readonly epoch: number;
  readonly lifetimeMs: number;
  readonly leftMs: number;
  readonly details: string;
}

/**
 * Stores a user's new session and adds it to the list, from which those that have ended are removed.
 *
 * @returns the names of those that were ended because there were too many, or `undefined` where the epoch is over and
 *   nothing was stored
 */
export async function addSession(
  commands: SessionCommands,
  run: RunScript,
  { key, listKey, name, text, ttlMs, epoch, details, maxSessions, keepMs }: OwnedWrite,
): Promise<string[] | undefined> {
  const words = [text, ttlMs, name, epoch, details, maxSessions, keepMs].map(String);
  const reply = await run(commands, addScript, { keys: [key, listKey], arguments: words });
  return Array.isArray(reply) ? reply.map(String) : undefined;
}

/** Ends one session. @returns whether it was there */
export async function endSession(
  commands: SessionCommands,
  run: RunScript,
  { key, listKey, name }: Pick<OwnedWrite, 'key' | 'listKey' | 'name'>,
): Promise<boolean> {
  return (await run(commands, endScript, { keys: [key, listKey], arguments: [name] })) === 1;
}

/** Ends all sessions of an epoch below this one, except one, which gets this epoch. @returns how many */
export async function endSessions(
  commands: SessionCommands,
  run: RunScript,
  { listKey, epoch, keepMs }: Pick<OwnedWrite, 'listKey' | 'epoch' | 'keepMs'>,
  exceptName = '',
): Promise<number> {
  const words = [String(epoch), exceptName, String(keepMs)];
  return Number(await run(commands, endAllScript, { keys: [listKey], arguments: words }));
}

export async function listSessions(
  commands: SessionCommands,
  run: RunScript,
  listKey: string,
): Promise<ListEntry[]> {
  const reply = await run(commands, listScript, { keys: [listKey], arguments: [] });
  return (reply as unknown[][]).map(([name, epoch, lifetimeMs, leftMs, details]) => ({
    name: String(name),
    epoch: Number(epoch),
    lifetimeMs: Number(lifetimeMs),
    leftMs: Number(leftMs),
    details: String(details),
  }));
}

/** Calls `visit` for each entry with its name, its epoch and the rest of it, and the key of its session. */
const eachEntry = (visit: string) => `
local entries = redis.call('HGETALL', KEYS[#KEYS])
for i = 1, #entries, 2 do
  local name, epoch, rest = entries[i], string.match(entries[i + 1], '^(%d+) (.*)$')
  if rest then
    local key = KEYS[#KEYS] .. ':' .. name
    ${visit}
  end
end
`;

const end = `redis.call('DEL', key) redis.call('HDEL', KEYS[#KEYS], name)`;

const raiseEpoch = (epoch: string, keepMs: string) => `
if tonumber(${epoch}) > tonumber(redis.call('HGET', KEYS[#KEYS], 'epoch') or 0) then
  redis.call('HSET', KEYS[#KEYS], 'epoch', ${epoch})
end
if redis.call('PTTL', KEYS[#KEYS]) < tonumber(${keepMs}) then redis.call('PEXPIRE', KEYS[#KEYS], ${keepMs}) end
`;

// SET comes first: a full Redis refuses a script at its first write if that needs memory, and not in its middle.
const addScript: Script = {
  name: 'add',
  body: `
if tonumber(ARGV[4]) < tonumber(redis.call('HGET', KEYS[2], 'epoch') or 0) then return false end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local others, ended = {}, {}
${eachEntry(`
    local left = redis.call('PTTL', key)
    if left == -2 or tonumber(epoch) < tonumber(ARGV[4]) then ${end}
    elseif name ~= ARGV[3] then others[#others + 1] = { name, left } end`)}
local over = #others + 1 - tonumber(ARGV[6])
if tonumber(ARGV[6]) > 0 and over > 0 then
  table.sort(others, function(a, b) return a[2] < b[2] end)
  for i = 1, over do
    local name = others[i][1]
    local key = KEYS[2] .. ':' .. name
    ${end}
    ended[i] = name
  end
end
redis.call('HSET', KEYS[2], ARGV[3], ARGV[4] .. ' ' .. ARGV[2] .. ' ' .. ARGV[5])
${raiseEpoch('ARGV[4]', 'ARGV[7]')}
return ended
`,
};

const endScript: Script = {
  name: 'end',
  flag: 'allow-oom',
  body: `
redis.call('HDEL', KEYS[2], ARGV[1])
return redis.call('DEL', KEYS[1])
`,
};

// The first write needs no memory (no field has an empty name), so that a full Redis ends sessions too.
const endAllScript: Script = {
  name: 'end_all',
  flag: 'allow-oom',
  body: `
redis.call('HDEL', KEYS[1], '')
local ended = 0
${eachEntry(`
    if tonumber(epoch) < tonumber(ARGV[1]) then
      if name == ARGV[2] then redis.call('HSET', KEYS[1], name, ARGV[1] .. ' ' .. rest)
      else
        ended = ended + redis.call('EXISTS', key)
        ${end}
      end
    end`)}
${raiseEpoch('ARGV[1]', 'ARGV[3]')}
return ended
`,
};

const listScript: Script = {
  name: 'list',
  flag: 'no-writes',
  body: `
local found = {}
${eachEntry(`
    local left = redis.call('PTTL', key)
    local lifetime, details = string.match(rest, '^(%d+) (.*)$')
    if left ~= -2 then found[#found + 1] = { name, epoch, lifetime, left, details } end`)}
return found
`,
};

export const ownerListScripts: readonly Script[] = [addScript, endScript, endAllScript, listScript];

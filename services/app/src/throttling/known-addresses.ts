// From which addresses an account has logged in lately. The limit on all guesses at one account does not hold there, so
// that nobody can lock the owner out by guessing from elsewhere.

import { throttlePrefix } from './counter.ts';
import type { RunScript } from './scripts.ts';

export interface KnownAddresses {
  remember(accountTag: string, addressTag: string): Promise<void>;
  knows(accountTag: string, addressTag: string): Promise<boolean>;
}

/** The last ones. More would let one account take more memory. */
const mostKept = 10;
const keptSeconds = 30 * 86_400;

const keyOf = (accountTag: string) => `${throttlePrefix}addresses:${accountTag}`;

export function knownAddressesInRedis(runScript: RunScript): KnownAddresses {
  return {
    async remember(accountTag, addressTag) {
      await runScript('remember', keyOf(accountTag), [addressTag, String(mostKept), String(keptSeconds)]);
    },
    knows: async (accountTag, addressTag) =>
      (await runScript('knows', keyOf(accountTag), [addressTag, String(keptSeconds)])) === 1,
  };
}

/** @param most how many accounts are kept, the last ones that have logged in */
export function knownAddressesInMemory(most = 10_000): KnownAddresses {
  const addresses = new Map<string, readonly string[]>();
  return {
    async remember(accountTag, addressTag) {
      const others = (addresses.get(accountTag) ?? []).filter((other) => other !== addressTag);
      addresses.delete(accountTag);
      addresses.set(accountTag, [addressTag, ...others].slice(0, mostKept));
      const [oldest] = addresses.keys();
      if (addresses.size > most && oldest !== undefined) addresses.delete(oldest);
    },
    knows: async (accountTag, addressTag) => addresses.get(accountTag)?.includes(addressTag) ?? false,
  };
}

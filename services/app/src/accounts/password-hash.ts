// Hashes passwords: an HMAC with the pepper, then bcrypt in worker threads.

import type { Config } from '../config.ts';
import type { Bcrypt } from './bcrypt.ts';
import { bcryptInThreads, bcryptOnEventLoop } from './bcrypt.ts';
import { costOf, costsUpTo, decoyOf } from './bcrypt-cost.ts';
import { type HashFor, HashQueue } from './hash-queue.ts';
import { keyed } from './pepper.ts';
import type { StoredPassword } from './user-rows.ts';

/** Hashes passwords and compares them. Owns worker threads, so it has to be disposed. */
export interface PasswordHasher extends AsyncDisposable {
  /**
   * What to store, with the current pepper and the configured cost.
   * @param old what was stored before. The new hash costs no less than that one, even if the setting has been lowered
   * @throws {HashingOverloaded} @throws the reason of the signal in `whom`
   */
  hash(password: string, old?: StoredPassword, whom?: HashFor): Promise<StoredPassword>;
  /**
   * Whether the password is the stored one. Whenever the answer is no, the work was the same: for an unknown user
   * (`undefined`), and for a hash of a lower cost than others have, which is made up for. So the time of an answer does
   * not tell which users exist, also when the cost has been changed.
   * @throws {HashingOverloaded} @throws the reason of the signal in `whom`
   */
  matches(password: string, stored: StoredPassword | undefined, whom?: HashFor): Promise<boolean>;
  /** Whether a password that is known now should be hashed again: the cost has been raised, or the pepper is newer. */
  isOutdated(stored: StoredPassword): boolean;
  /** Whether there is the pepper of this version. Without it the password cannot be checked. */
  knowsPepper(version: number): boolean;
  /** A hash of this cost is stored somewhere. What fails costs at least as much from now on. */
  noticeCost(cost: number): void;
}

/** Starts the threads. @param bcrypt Default: as the configuration says */
export async function openPasswordHasher(
  config: Config['hashing'],
  bcrypt: Bcrypt = config.threads === 0 ? bcryptOnEventLoop() : bcryptInThreads(config.threads),
): Promise<PasswordHasher> {
  const { peppers, rounds } = config;
  const [current] = peppers;
  const queue = queueFor(config);
  let highestCost = rounds;

  /** In one turn of the queue, so that what is made up for does not wait again. */
  const compare = async (password: string, stored: StoredPassword | undefined) => {
    const pepper = peppers.find(({ version }) => version === stored?.pepperVersion);
    const cost = stored && costOf(stored.hash);
    if (stored === undefined || pepper === undefined || cost === undefined) {
      await bcrypt.compare(keyed(password, current), decoyOf(highestCost));
      return false;
    }
    highestCost = Math.max(highestCost, cost);
    if (await bcrypt.compare(keyed(password, pepper), stored.hash)) return true;
    for (const missing of costsUpTo(highestCost, cost)) {
      await bcrypt.compare(keyed(password, pepper), decoyOf(missing));
    }
    return false;
  };

  return {
    hash: (password, old, whom) => {
      const cost = Math.max(rounds, costOf(old?.hash ?? '') ?? 0);
      const work = async () => ({
        hash: await bcrypt.hash(keyed(password, current), cost),
        pepperVersion: current.version,
      });
      return queue.run(work, whom);
    },
    matches: (password, stored, whom) => queue.run(() => compare(password, stored), whom),
    // An older pepper is not put in place of a newer one: while the peppers are being changed, instances differ in which
    // is the first, and each login would hash again.
    isOutdated: ({ hash, pepperVersion }) => (costOf(hash) ?? 0) < rounds || pepperVersion < current.version,
    knowsPepper: (version) => peppers.some((pepper) => pepper.version === version),
    noticeCost: (cost) => {
      highestCost = Math.max(highestCost, cost);
    },
    [Symbol.asyncDispose]: () => bcrypt[Symbol.asyncDispose](),
  };
}

/** On the event loop all run at once, in slices, and none waits, as in an app that calls bcryptjs without a queue. */
function queueFor({ threads, queue: maxWaiting, longestWaitMs }: Config['hashing']): HashQueue {
  if (threads === 0) return new HashQueue({ concurrency: 1 + maxWaiting, maxWaiting: 0, longestWaitMs });
  return new HashQueue({ concurrency: threads, maxWaiting, longestWaitMs });
}

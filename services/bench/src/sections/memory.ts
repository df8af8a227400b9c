// How much memory an instance takes: at rest, and while many sessions are in use. This project's app, and the tutorials'.

import { setTimeout as sleep } from 'node:timers/promises';
import { residentMiB } from '../load/resident-memory.ts';
import type { Plan } from '../plan.ts';
import { measureInRounds } from '../rounds.ts';
import { spreadOf } from '../statistics.ts';
import type { Candidate, TestBed } from '../test-bed.ts';
import { eachOf, SiteUser } from './site-user.ts';

export interface MemoryFigures {
  readonly candidate: Candidate;
  /** In MiB: a value for each round. Empty where the system does not tell. */
  readonly atRestMiB: readonly number[];
  readonly inUseMiB: readonly number[];
}

const candidates = ['bare', 'hardened', 'redis'] as const;
/** After the start, until nothing more happens by itself. */
const restMs = 3_000;
/** Requests under way at once. */
const atOnce = 32;
const betweenLooksMs = 100;

/** Each round starts a new process of each candidate: how much memory one has depends on what it did before. */
export async function measureMemory(
  testBed: TestBed,
  plan: Plan,
  say: (line: string) => void,
): Promise<readonly MemoryFigures[]> {
  const measured = await measureInRounds(plan.memoryRounds, candidates, async (candidate, round) => {
    // The laboratory's instances have no thread for hashing. Those of production do.
    const settings = { HASH_THREADS: '1' };
    await using site = await testBed.startLogging(`memory-${candidate}-${round}`, candidate, { settings });
    const { pid } = site.child;
    await sleep(restMs);
    const atRest = residentMiB(pid);
    // Guests, because a login hashes, which takes far longer than everything else and leaves nothing behind.
    const guests = Array.from({ length: plan.memorySessions }, () => new SiteUser(site));
    await eachOf(guests, atOnce, (guest) => guest.addToCart());
    const inUse = await whileLooking(pid, () => eachOf(guests, atOnce, (guest) => guest.addToCart()));
    say(`memory, round ${round} of ${plan.memoryRounds}: ${candidate}: ${atRest?.toFixed(0)} MiB at rest`);
    return { atRest, inUse };
  });
  return candidates.map((candidate) => {
    const rounds = measured.get(candidate) ?? [];
    return {
      candidate,
      atRestMiB: rounds.flatMap(({ atRest }) => atRest ?? []),
      inUseMiB: rounds.flatMap(({ inUse }) => inUse ?? []),
    };
  });
}

/** @returns the median of what it had meanwhile */
async function whileLooking(pid: number, work: () => Promise<void>): Promise<number | undefined> {
  const seen: number[] = [];
  const look = () => {
    const now = residentMiB(pid);
    if (now !== undefined) seen.push(now);
  };
  look();
  const looking = setInterval(look, betweenLooksMs);
  try {
    await work();
  } finally {
    clearInterval(looking);
  }
  return seen.length === 0 ? undefined : spreadOf(seen).median;
}

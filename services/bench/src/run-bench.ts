// One run of the bench: the sections one after the other, on one Redis and one Postgres.

import { addedRoundTripMs, connections, measureReads, type ReadFigures } from './authenticated-read.ts';
import { type CommandFigures, measureCommands } from './commands.ts';
import { generatorCeiling } from './generator-ceiling.ts';
import { measureStorms, type StormFigures } from './login-storm.ts';
import { type LoginFigures, measureLogins } from './logins.ts';
import { measureOutages, type OutageFigures } from './outage.ts';
import type { Plan, Section } from './plan.ts';
import { relayedRoundTripMs } from './relayed-round-trip.ts';
import type { TestBed } from './test-bed.ts';

/** A section that was not asked for is absent. */
export interface BenchFigures {
  /** What the load generator could do if answers cost nothing, in requests per second. */
  readonly generatorCeilingPerSecond?: number;
  /** Milliseconds that the relay adds to a round trip to Redis: wanted, and measured on this machine in this run. */
  readonly addedRoundTripMs?: { readonly wanted: number; readonly measured: number };
  readonly read?: readonly ReadFigures[];
  readonly commands?: readonly CommandFigures[];
  readonly storms?: readonly StormFigures[];
  readonly logins?: LoginFigures;
  readonly outages?: readonly OutageFigures[];
}

/** @param cores Of this machine. @throws {MeasurementError} When something answered otherwise than it had to. */
export async function runBench(
  testBed: TestBed,
  {
    plan,
    sections,
    cores,
  }: { readonly plan: Plan; readonly sections: readonly Section[]; readonly cores: number },
  say: (line: string) => void,
): Promise<BenchFigures> {
  const steps: Readonly<Record<Section, () => Promise<BenchFigures>>> = {
    read: async () => ({
      generatorCeilingPerSecond: await generatorCeiling(testBed, connections, plan.readMs),
      addedRoundTripMs: {
        wanted: addedRoundTripMs,
        measured: await relayedRoundTripMs(testBed.redis.url, addedRoundTripMs),
      },
      read: await measureReads(testBed, plan, say),
    }),
    commands: async () => ({ commands: await measureCommands(testBed, ['connect-redis', 'redis']) }),
    'login-storm': async () => ({ storms: await measureStorms(testBed, plan, cores, say) }),
    logins: async () => ({ logins: await measureLogins(testBed, plan, cores, say) }),
    outage: async () => ({ outages: await measureOutages(testBed, plan, say) }),
  };
  let figures: BenchFigures = {};
  for (const section of sections) {
    say(`${section} …`);
    figures = { ...figures, ...(await steps[section]()) };
  }
  return figures;
}

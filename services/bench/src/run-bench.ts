// One run of the bench: the sections one after the other, on one Redis and one Postgres.

import type { BenchFigures } from './figures.ts';
import { measureGeneratorMaximum } from './load/generator-maximum.ts';
import { estimatedSeconds, type Plan, type Section } from './plan.ts';
import { profileReads } from './profile/read-profile.ts';
import { measureAddedRoundTripMs } from './redis/added-round-trip.ts';
import { addedRoundTripMs, connections, measureReads } from './sections/authenticated-read.ts';
import { measureBehindNginx } from './sections/behind-nginx.ts';
import { measureCommands } from './sections/commands-per-request.ts';
import { measureLoginStorms } from './sections/login-storm.ts';
import { measureLogins } from './sections/logins.ts';
import { measureMemory } from './sections/memory.ts';
import { measureOutages } from './sections/outage.ts';
import { measureReplicatedLogins } from './sections/replicated-logins.ts';
import { measureRequestCosts } from './sections/request-costs.ts';
import type { TestBed } from './test-bed.ts';

export interface BenchRun {
  readonly plan: Plan;
  readonly sections: readonly Section[];
  /** Of this machine. */
  readonly cores: number;
}

/** @throws {MeasurementError} When something answered otherwise than it had to. */
export async function runBench(
  testBed: TestBed,
  { plan, sections, cores }: BenchRun,
  say: (line: string) => void,
): Promise<BenchFigures> {
  const measure: Readonly<Record<Section, () => Promise<BenchFigures>>> = {
    read: async () => ({
      generatorMaxPerSecond: await measureGeneratorMaximum(testBed, connections, plan.readMs),
      addedRoundTripMs: {
        wanted: addedRoundTripMs,
        measured: await measureAddedRoundTripMs(testBed.redis.url, addedRoundTripMs),
      },
      read: await measureReads(testBed, plan, say),
    }),
    requests: async () => ({ requestCosts: await measureRequestCosts(testBed, plan, say) }),
    nginx: async () => ({ behindNginx: await measureBehindNginx(testBed, plan, cores, say) }),
    memory: async () => ({ memory: await measureMemory(testBed, plan, say) }),
    profile: async () => ({ profiles: await profileReads(testBed, plan, say) }),
    commands: async () => ({ commands: await measureCommands(testBed, ['connect-redis', 'redis']) }),
    'login-storm': async () => ({ loginStorms: await measureLoginStorms(testBed, plan, cores, say) }),
    logins: async () => ({ logins: await measureLogins(testBed, plan, cores, say) }),
    outage: async () => ({ outages: await measureOutages(testBed, plan, say) }),
    replicas: async () => ({ replicatedLogins: await measureReplicatedLogins(testBed, plan, say) }),
  };
  let figures: BenchFigures = {};
  for (const [index, section] of sections.entries()) {
    const left = sections.slice(index).reduce((sum, one) => sum + estimatedSeconds(one, plan), 0);
    say(`${section} … (about ${duration(left)} left)`);
    figures = { ...figures, ...(await measure[section]()) };
  }
  return figures;
}

const duration = (seconds: number) =>
  seconds < 90 ? `${Math.ceil(seconds / 5) * 5} s` : `${Math.round(seconds / 60)} min`;

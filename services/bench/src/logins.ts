// How many logins per second an instance manages that hashes on all cores, next to what the machine could hash at best.

import { hashReport } from './hash-job.ts';
import { loadThatMayBeRefused, newUser } from './load.ts';
import type { RequestSpec } from './load-job.ts';
import { hashing, rounds } from './login-storm.ts';
import type { Plan } from './plan.ts';
import { shuffled } from './rounds.ts';
import type { MeasuredInstance, TestBed } from './test-bed.ts';

/** Each a value for each round. */
export interface LoginFigures {
  readonly cores: number;
  readonly loginsPerSecond: readonly number[];
  /** Logins that were answered with 503, and are not among those. */
  readonly loginsRefused: readonly number[];
  /** One hash alone on the machine, in milliseconds. The limit is cores ÷ this. */
  readonly oneHashMs: readonly number[];
  /** What bare threads really reach, one on each core: less than the limit where cores are not cores all through. */
  readonly bareHashesPerSecond: readonly number[];
}

export async function measureLogins(
  testBed: TestBed,
  plan: Plan,
  cores: number,
  say: (line: string) => void,
): Promise<LoginFigures> {
  await using instance = await testBed.instance(hashing('logins', 'redis', cores));
  const { logIn } = await newUser(instance);
  const logins: { readonly perSecond: number; readonly refused: number }[] = [];
  const hashes: { readonly oneAloneMs: number; readonly perSecondTogether: number }[] = [];
  const measures = {
    logins: async () => logins.push(await loginsOn(testBed, instance, logIn, plan, cores)),
    hashes: async () => hashes.push(await bareHashes(testBed, plan, cores)),
  };
  for (let round = 1; round <= plan.longRounds; round++) {
    for (const measure of shuffled(Object.values(measures))) await measure();
    say(`logins, round ${round} of ${plan.longRounds}: ${logins.at(-1)?.perSecond.toFixed(2)}/s`);
  }
  return {
    cores,
    loginsPerSecond: logins.map(({ perSecond }) => perSecond),
    loginsRefused: logins.map(({ refused }) => refused),
    oneHashMs: hashes.map(({ oneAloneMs }) => oneAloneMs),
    bareHashesPerSecond: hashes.map(({ perSecondTogether }) => perSecondTogether),
  };
}

function loginsOn(
  testBed: TestBed,
  instance: MeasuredInstance,
  logIn: RequestSpec,
  plan: Plan,
  cores: number,
) {
  // More than threads, so that a thread that is done finds the next one waiting.
  const pace = { kind: 'closed', connections: cores * 3 } as const;
  const times = { warmUpMs: 1_000, measureMs: plan.loginsMs };
  return loadThatMayBeRefused(testBed, instance, logIn, pace, times);
}

function bareHashes(testBed: TestBed, plan: Plan, cores: number) {
  // Twice: alone and together.
  const measureMs = plan.loginsMs / 3;
  const job = { threads: cores, rounds, measureMs };
  return testBed.run('hash-rate.ts', job, plan.loginsMs + 30_000, (line) => hashReport.safeParse(line).data);
}

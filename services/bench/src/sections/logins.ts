// How many logins per second an instance answers that hashes on all cores, next to what the machine could hash at most.

import { type HashRateJob, type HashRateReport, hashRateReport } from '../load/hash-rate-job.ts';
import type { RequestSpec } from '../load/load-job.ts';
import { measureLoadAllowing503 } from '../load/measure-load.ts';
import type { Plan } from '../plan.ts';
import { shuffled } from '../rounds.ts';
import type { MeasuredInstance, TestBed } from '../test-bed.ts';
import { bcryptRounds, hashingAsInProduction } from './login-storm.ts';
import { newUserRequests } from './user-requests.ts';

/** Lists hold a value for each round. */
export interface LoginFigures {
  readonly cores: number;
  readonly loginsPerSecond: readonly number[];
  /** Logins that were answered with 503; `loginsPerSecond` is without them. */
  readonly loginsRefused: readonly number[];
  /** Time of one hash when nothing else runs, in milliseconds. The limit for logins per second is cores ÷ this. */
  readonly oneHashMs: readonly number[];
  /** What bare threads really reach, one on each core: below the limit where two busy cores are slower than one. */
  readonly bareHashesPerSecond: readonly number[];
}

export async function measureLogins(
  testBed: TestBed,
  plan: Plan,
  cores: number,
  say: (line: string) => void,
): Promise<LoginFigures> {
  await using instance = await testBed.startInstance(hashingAsInProduction('logins', 'redis', cores));
  const { logIn } = await newUserRequests(instance);
  const logins: { readonly perSecond: number; readonly refused: number }[] = [];
  const hashes: HashRateReport[] = [];
  const measurements = [
    async () => logins.push(await measureLoginRate(testBed, instance, logIn, plan, cores)),
    async () => hashes.push(await measureBareHashes(testBed, plan, cores)),
  ];
  for (let round = 1; round <= plan.longRounds; round++) {
    for (const measure of shuffled(measurements)) await measure();
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

function measureLoginRate(
  testBed: TestBed,
  instance: MeasuredInstance,
  logIn: RequestSpec,
  plan: Plan,
  cores: number,
) {
  // More connections than threads, so that the next login is there when a thread becomes free.
  const pace = { kind: 'closed', connections: cores * 3 } as const;
  const times = { warmUpMs: 1_000, measureMs: plan.loginsMs };
  return measureLoadAllowing503(testBed, instance, logIn, pace, times);
}

function measureBareHashes(testBed: TestBed, plan: Plan, cores: number): Promise<HashRateReport> {
  // It measures twice, one thread alone and all together, and so takes about as long as the logins.
  const job: HashRateJob = { threads: cores, bcryptRounds, measureMs: plan.loginsMs / 3 };
  const read = (line: unknown) => hashRateReport.safeParse(line).data;
  return testBed.runProgram('load/hash-rate.ts', job, plan.loginsMs + 30_000, read);
}

// What logged-in users notice when many others log in at the same instance: the latencies of their reads while nobody
// logs in, and then during a login storm.

import { measureLoad, measureLoadAllowing503 } from '../load/measure-load.ts';
import type { Plan } from '../plan.ts';
import { measureInRounds } from '../rounds.ts';
import type { InstanceOptions, MeasuredInstance, StoreStrategy, TestBed } from '../test-bed.ts';
import { newUserRequests } from './user-requests.ts';

/** Clients of the storm. Each logs in again as soon as it is logged in. */
const concurrentLogins = 4;
/** Reads of the logged-in user. Few, so that it is not they that keep the instance busy. */
const readsPerSecond = 100;
/** bcrypt's cost as it is in production: the app's default. */
export const bcryptRounds = 12;

export interface LoginStormFigures {
  readonly strategy: StoreStrategy;
  /** The app's HASH_THREADS; 0 hashes on the event loop, as the stock set-up does. */
  readonly hashThreads: number;
  /** Latencies of the reads while nobody logs in, in milliseconds. Here and below: a value for each round. */
  readonly quietP50Ms: readonly number[];
  readonly quietP99Ms: readonly number[];
  /** The same during the storm. */
  readonly stormP50Ms: readonly number[];
  readonly stormP99Ms: readonly number[];
  readonly loginsPerSecond: readonly number[];
  /** Logins that were answered with 503. */
  readonly loginsRefused: readonly number[];
}

/** @param cores of this machine */
export async function measureLoginStorms(
  testBed: TestBed,
  plan: Plan,
  cores: number,
  say: (line: string) => void,
): Promise<readonly LoginStormFigures[]> {
  const candidates: readonly Candidate[] = [
    { strategy: 'connect-redis', hashThreads: 0 },
    { strategy: 'redis', hashThreads: 1 },
    // On one core it would be the same once more.
    ...(cores > 1 ? [{ strategy: 'redis', hashThreads: cores } as const] : []),
  ];
  await using instances = new AsyncDisposableStack();
  const running = new Map<string, MeasuredInstance>();
  for (const { strategy, hashThreads } of candidates) {
    const name = nameOf({ strategy, hashThreads });
    const options = hashingAsInProduction(name, strategy, hashThreads);
    running.set(name, instances.use(await testBed.startInstance(options)));
  }

  const measured = await measureInRounds(plan.longRounds, [...running.keys()], async (name, round) => {
    const instance = running.get(name);
    if (instance === undefined) throw new TypeError(`There is no candidate ${name}`);
    const reports = await measureLoginStorm(testBed, instance, plan);
    const [quiet, storm] = [reports.quiet.p99Ms.toFixed(1), reports.storm.p99Ms.toFixed(1)];
    say(`login-storm, round ${round} of ${plan.longRounds}: ${name}: p99 ${quiet} → ${storm} ms`);
    return reports;
  });
  return candidates.map((candidate) => {
    const rounds = measured.get(nameOf(candidate)) ?? [];
    return {
      ...candidate,
      quietP50Ms: rounds.map(({ quiet }) => quiet.p50Ms),
      quietP99Ms: rounds.map(({ quiet }) => quiet.p99Ms),
      stormP50Ms: rounds.map(({ storm }) => storm.p50Ms),
      stormP99Ms: rounds.map(({ storm }) => storm.p99Ms),
      loginsPerSecond: rounds.map(({ logins }) => logins.perSecond),
      loginsRefused: rounds.map(({ logins }) => logins.refused),
    };
  });
}

type Candidate = Pick<LoginStormFigures, 'strategy' | 'hashThreads'>;

function nameOf({ strategy, hashThreads }: Candidate): string {
  return `${strategy}-hash-threads-${hashThreads}`;
}

/** The laboratory's own setting is bcrypt's lowest cost, on the event loop. */
export function hashingAsInProduction(
  name: string,
  strategy: StoreStrategy,
  hashThreads: number,
): InstanceOptions {
  const settings = { BCRYPT_ROUNDS: String(bcryptRounds), HASH_THREADS: String(hashThreads) };
  return { name, strategy, settings };
}

async function measureLoginStorm(testBed: TestBed, instance: MeasuredInstance, { warmUpMs, stormMs }: Plan) {
  const { me, logIn } = await newUserRequests(instance);
  const reads = { kind: 'paced', perSecond: readsPerSecond } as const;
  const quiet = await measureLoad(testBed, instance, me, reads, { warmUpMs, measureMs: stormMs });
  // The storm begins before the reads are measured and ends after that.
  const marginMs = 1_000;
  const clients = { kind: 'closed', connections: concurrentLogins } as const;
  const [storm, logins] = await Promise.all([
    measureLoad(testBed, instance, me, reads, { warmUpMs: marginMs, measureMs: stormMs }),
    measureLoadAllowing503(testBed, instance, logIn, clients, {
      warmUpMs: marginMs / 2,
      measureMs: stormMs + marginMs,
    }),
  ]);
  return { quiet, storm, logins };
}

// What the people who are logged in notice when many others log in at the same instance: the latencies of their reads,
// in quiet and then in the storm.

import { load, loadThatMayBeRefused, newUser } from './load.ts';
import type { Plan } from './plan.ts';
import { measureInRounds } from './rounds.ts';
import type { MeasuredInstance, StoreStrategy, TestBed } from './test-bed.ts';

/** How many log in at once, each again as soon as they are in. */
const loginsAtOnce = 4;
/** Reads of those who are logged in. Few, so that it is not they who keep the instance busy. */
const readsPerSecond = 100;
/** bcrypt's cost as it is in production: the app's default. */
export const rounds = 12;

export interface StormFigures {
  readonly strategy: StoreStrategy;
  /** The app's HASH_THREADS; 0 hashes on the event loop, as the stock set-up does. */
  readonly hashThreads: number;
  /** Each a value for each round, in milliseconds. */
  readonly quietP50Ms: readonly number[];
  readonly quietP99Ms: readonly number[];
  readonly stormP50Ms: readonly number[];
  readonly stormP99Ms: readonly number[];
  readonly loginsPerSecond: readonly number[];
  /** Logins that were answered with 503. */
  readonly loginsRefused: readonly number[];
}

/** @param cores Of this machine. */
export async function measureStorms(
  testBed: TestBed,
  plan: Plan,
  cores: number,
  say: (line: string) => void,
): Promise<readonly StormFigures[]> {
  const candidates = [
    { strategy: 'connect-redis', hashThreads: 0 },
    { strategy: 'redis', hashThreads: 1 },
    // On one core the same once more.
    ...(cores > 1 ? [{ strategy: 'redis', hashThreads: cores } as const] : []),
  ] as const;
  await using started = new AsyncDisposableStack();
  const ready = new Map<string, MeasuredInstance>();
  for (const { strategy, hashThreads } of candidates) {
    const name = nameOf(strategy, hashThreads);
    ready.set(name, started.use(await testBed.instance(hashing(name, strategy, hashThreads))));
  }

  const measured = await measureInRounds(plan.longRounds, [...ready.keys()], async (name, round) => {
    const instance = ready.get(name);
    if (instance === undefined) throw new TypeError(`There is no candidate ${name}`);
    const figures = await storm(testBed, instance, plan);
    const { quiet, stormy } = figures;
    say(
      `login-storm, round ${round} of ${plan.longRounds}: ${name}: p99 ${quiet.p99Ms.toFixed(1)} → ${stormy.p99Ms.toFixed(1)} ms`,
    );
    return figures;
  });
  return candidates.map(({ strategy, hashThreads }) => {
    const all = measured.get(nameOf(strategy, hashThreads)) ?? [];
    return {
      strategy,
      hashThreads,
      quietP50Ms: all.map(({ quiet }) => quiet.p50Ms),
      quietP99Ms: all.map(({ quiet }) => quiet.p99Ms),
      stormP50Ms: all.map(({ stormy }) => stormy.p50Ms),
      stormP99Ms: all.map(({ stormy }) => stormy.p99Ms),
      loginsPerSecond: all.map(({ logins }) => logins.perSecond),
      loginsRefused: all.map(({ logins }) => logins.refused),
    };
  });
}

/** An instance that hashes as in production. */
export function hashing(name: string, strategy: StoreStrategy, hashThreads: number) {
  const settings = { BCRYPT_ROUNDS: String(rounds), HASH_THREADS: String(hashThreads) };
  return { name, strategy, settings };
}

async function storm(testBed: TestBed, instance: MeasuredInstance, { warmUpMs, stormMs }: Plan) {
  const { me, logIn } = await newUser(instance);
  const reads = { kind: 'paced', perSecond: readsPerSecond } as const;
  const quiet = await load(testBed, instance, me, reads, { warmUpMs, measureMs: stormMs });
  // The storm initialFleet before what is measured and ends after it.
  const head = 1_000;
  const [stormy, logins] = await Promise.all([
    load(testBed, instance, me, reads, { warmUpMs: head, measureMs: stormMs }),
    loadThatMayBeRefused(
      testBed,
      instance,
      logIn,
      { kind: 'closed', connections: loginsAtOnce },
      {
        warmUpMs: head / 2,
        measureMs: stormMs + head,
      },
    ),
  ]);
  return { quiet, stormy, logins };
}

function nameOf(strategy: StoreStrategy, hashThreads: number): string {
  return `${strategy}-hash-threads-${hashThreads}`;
}

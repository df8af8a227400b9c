// What an authenticated read costs: requests per second when an instance is as busy as it can be, and latencies when it
// is not, for each place where sessions live; with Redis next door, and with a longer way to it.

import { load, newUser, type Question } from './load.ts';
import type { LoadPace, LoadReport } from './load-job.ts';
import type { Plan } from './plan.ts';
import { startRelay } from './relay.ts';
import { measureInRounds } from './rounds.ts';
import type { Stage, StoreStrategy } from './stage.ts';

/** What the relay adds to a round trip to Redis, in milliseconds: about as far as the next data centre of a region. */
export const addedRoundTripMs = 2;
/** Enough to keep one instance busy without a pause: what it can do no longer grows with more. */
export const connections = 32;
/** A small part of what an instance can do, so that requests hardly ever meet each other. */
const quietPerSecond = 300;

type Way = 'loopback' | '2 ms';

interface Contestant {
  readonly sessions: ReadFigures['sessions'];
  readonly strategy: StoreStrategy;
  readonly way: Way;
}

export interface ReadFigures {
  /** `none`: GET /livez, which passes all that a request passes but for the session, the body's parser and the API. */
  readonly sessions: 'none' | 'memory' | 'connect-redis' | 'redis';
  readonly redis: Way | 'not used';
  /** Each a value for each round. Requests per second with 32 connections that never pause. */
  readonly perSecond: readonly number[];
  /** Latencies at 300 requests per second, in milliseconds. */
  readonly p50Ms: readonly number[];
  readonly p99Ms: readonly number[];
  /** Latency at full load, in milliseconds; the median only says again how many requests per second there are. */
  readonly p99MsAtFullLoad: readonly number[];
  /** The load generator's share of one core at full load. */
  readonly generatorCpu: readonly number[];
}

const contestants: Readonly<Record<string, Contestant>> = {
  none: { sessions: 'none', strategy: 'memory', way: 'loopback' },
  memory: { sessions: 'memory', strategy: 'memory', way: 'loopback' },
  'connect-redis': { sessions: 'connect-redis', strategy: 'connect-redis', way: 'loopback' },
  redis: { sessions: 'redis', strategy: 'redis', way: 'loopback' },
  'connect-redis-2ms': { sessions: 'connect-redis', strategy: 'connect-redis', way: '2 ms' },
  'redis-2ms': { sessions: 'redis', strategy: 'redis', way: '2 ms' },
};

export async function measureReads(
  stage: Stage,
  plan: Plan,
  say: (line: string) => void,
): Promise<readonly ReadFigures[]> {
  await using relay = await startRelay({ port: stage.redisPort, delayMs: addedRoundTripMs / 2 });
  await using started = new AsyncDisposableStack();
  const ready = new Map<string, (pace: LoadPace, measureMs: number) => Promise<LoadReport>>();
  for (const [name, { sessions, strategy, way }] of Object.entries(contestants)) {
    const redisPort = way === '2 ms' ? relay.port : stage.redisPort;
    const instance = started.use(await stage.instance({ name, strategy, redisPort }));
    const { me } = await newUser(instance);
    const question: Question = sessions === 'none' ? { ...me, path: '/livez' } : me;
    const ask = (pace: LoadPace, measureMs: number) =>
      load(stage, instance, question, pace, { warmUpMs: plan.warmUpMs, measureMs });
    ready.set(name, ask);
    // Until V8 has compiled what is used most, an instance is slower than it will ever be again.
    await ask(busy, plan.readMs / 2);
  }

  const measured = await measureInRounds(plan.rounds, [...ready.keys()], async (name, round) => {
    const ask = ready.get(name);
    if (ask === undefined) throw new TypeError(`There is no contestant ${name}`);
    const full = await ask(busy, plan.readMs);
    const quiet = await ask({ kind: 'paced', perSecond: quietPerSecond }, plan.readMs);
    say(
      `read, round ${round} of ${plan.rounds}: ${name}: ${full.perSecond.toFixed(0)}/s, p50 ${quiet.p50Ms.toFixed(2)} ms`,
    );
    return { full, quiet };
  });
  return Object.entries(contestants).map(([name, { sessions, strategy, way }]) => {
    const rounds = measured.get(name) ?? [];
    return {
      sessions,
      redis: sessions === 'none' || strategy === 'memory' ? 'not used' : way,
      perSecond: rounds.map(({ full }) => full.perSecond),
      p50Ms: rounds.map(({ quiet }) => quiet.p50Ms),
      p99Ms: rounds.map(({ quiet }) => quiet.p99Ms),
      p99MsAtFullLoad: rounds.map(({ full }) => full.p99Ms),
      generatorCpu: rounds.map(({ full }) => full.ownCpu),
    };
  });
}

const busy: LoadPace = { kind: 'closed', connections };

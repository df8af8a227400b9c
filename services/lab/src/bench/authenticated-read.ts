// What an authenticated read costs: requests per second when an instance is as busy as it can be, and latencies when it
// is not, for each place where sessions live; with Redis next door, and with a longer way to it.

import { load, newUser, type Question } from './load.ts';
import type { LoadPace, LoadReport } from './load-job.ts';
import type { Plan } from './plan.ts';
import { startRelay } from './relay.ts';
import { measureInRounds } from './rounds.ts';
import type { MeasuredInstance, Stage, StoreStrategy } from './stage.ts';

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
  /** Processor time of the instance for one request at full load, in microseconds; empty where it is not known. */
  readonly cpuUsPerRequest: readonly number[];
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
  const ready = new Map<string, Ready>();
  for (const [name, { sessions, strategy, way }] of Object.entries(contestants)) {
    const redisPort = way === '2 ms' ? relay.port : stage.redisPort;
    const instance = started.use(await stage.instance({ name, strategy, redisPort }));
    const { me } = await newUser(instance);
    const question: Question = sessions === 'none' ? { ...me, path: '/livez' } : me;
    const ask = (pace: LoadPace, measureMs: number) =>
      load(stage, instance, question, pace, { warmUpMs: plan.warmUpMs, measureMs });
    ready.set(name, { instance, ask });
    await ask(busy, plan.compileMs);
  }

  const measured = await measureInRounds(plan.rounds, [...ready.keys()], async (name, round) => {
    const contestant = ready.get(name);
    if (contestant === undefined) throw new TypeError(`There is no contestant ${name}`);
    const figures = await measureOnce(contestant, plan.readMs);
    const { full, quiet } = figures;
    say(
      `read, round ${round} of ${plan.rounds}: ${name}: ${full.perSecond.toFixed(0)}/s, p50 ${quiet.p50Ms.toFixed(2)} ms`,
    );
    return figures;
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
      cpuUsPerRequest: rounds.flatMap(({ cpuUs }) => cpuUs),
      generatorCpu: rounds.map(({ full }) => full.ownCpu),
    };
  });
}

interface Ready {
  readonly instance: MeasuredInstance;
  readonly ask: (pace: LoadPace, measureMs: number) => Promise<LoadReport>;
}

async function measureOnce({ instance, ask }: Ready, measureMs: number) {
  const cpuBeforeMs = await instance.cpuMs();
  const full = await ask(busy, measureMs);
  const cpuAfterMs = await instance.cpuMs();
  const quiet = await ask({ kind: 'paced', perSecond: quietPerSecond }, measureMs);
  const known = cpuBeforeMs !== undefined && cpuAfterMs !== undefined;
  return { full, quiet, cpuUs: known ? [((cpuAfterMs - cpuBeforeMs) * 1000) / full.answeredInAll] : [] };
}

const busy: LoadPace = { kind: 'closed', connections };

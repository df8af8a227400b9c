// What an authenticated read costs: requests per second when an instance is as busy as it can be, and latencies when it
// is not, for each place where sessions live; with Redis next door, and with a longer way to it.

import { type InterleavedLoadJob, interleavedLoadReport } from './interleaved-load-job.ts';
import { demandNoFailures, load, newUser } from './load.ts';
import type { LoadPace, RequestSpec } from './load-job.ts';
import type { Plan } from './plan.ts';
import { startRelay } from './relay.ts';
import { measureInRounds } from './rounds.ts';
import { spreadOf } from './statistics.ts';
import type { MeasuredInstance, StoreStrategy, TestBed } from './test-bed.ts';

/** What the relay adds to a round trip to Redis, in milliseconds: about as far as the next data centre of a region. */
export const addedRoundTripMs = 2;
/** Enough to keep one instance busy without a pause: what it can do no longer grows with more. */
export const connections = 32;
/** A small part of what an instance can do, so that requests hardly ever meet each other. */
const quietPerSecond = 300;

type Way = 'loopback' | '2 ms';

interface Candidate {
  readonly sessions: ReadFigures['sessions'];
  readonly strategy: StoreStrategy;
  readonly way: Way;
}

export interface ReadFigures {
  /** `none`: GET /livez, which passes all that a request passes but for the session, the body's parser and the API. */
  readonly sessions: 'none' | 'memory' | 'connect-redis' | 'redis';
  readonly redis: Way | 'not used';
  /** A value for each slice. Requests per second with 32 connections that never pause. */
  readonly perSecond: readonly number[];
  /** Latency at full load, in milliseconds; the median only says again how many requests per second there are. */
  readonly p99MsAtFullLoad: number;
  /** Processor time of the instance for one request at full load, in microseconds; undefined where it is not known. */
  readonly cpuUsPerRequest: number | undefined;
  /** The load generator's share of one core at full load. */
  readonly generatorCpu: number;
  /** Latencies at 300 requests per second, in milliseconds, a value for each round. */
  readonly p50Ms: readonly number[];
  readonly p99Ms: readonly number[];
}

const candidates: Readonly<Record<string, Candidate>> = {
  none: { sessions: 'none', strategy: 'memory', way: 'loopback' },
  memory: { sessions: 'memory', strategy: 'memory', way: 'loopback' },
  'connect-redis': { sessions: 'connect-redis', strategy: 'connect-redis', way: 'loopback' },
  redis: { sessions: 'redis', strategy: 'redis', way: 'loopback' },
  'connect-redis-2ms': { sessions: 'connect-redis', strategy: 'connect-redis', way: '2 ms' },
  'redis-2ms': { sessions: 'redis', strategy: 'redis', way: '2 ms' },
};

export async function measureReads(
  testBed: TestBed,
  plan: Plan,
  say: (line: string) => void,
): Promise<readonly ReadFigures[]> {
  await using relay = await startRelay({ port: testBed.redisPort, delayMs: addedRoundTripMs / 2 });
  await using started = new AsyncDisposableStack();
  const ready = new Map<string, Ready>();
  for (const [name, { sessions, strategy, way }] of Object.entries(candidates)) {
    const redisPort = way === '2 ms' ? relay.port : testBed.redisPort;
    const instance = started.use(await testBed.instance({ name, strategy, redisPort }));
    const { me } = await newUser(instance);
    const request: RequestSpec = sessions === 'none' ? { ...me, path: '/livez' } : me;
    ready.set(name, { instance, request });
    await load(testBed, instance, request, busy, { warmUpMs: plan.warmUpMs, measureMs: plan.compileMs });
  }

  const full = await measureFullLoad(testBed, plan, ready);
  for (const [name, { perSecond }] of full) say(`read: ${name}: ${spreadOf(perSecond).median.toFixed(0)}/s`);
  const quiet = await measureInRounds(plan.rounds, [...ready.keys()], async (name, round) => {
    const { instance, request } = candidateIn(ready, name);
    const times = { warmUpMs: plan.warmUpMs, measureMs: plan.readMs };
    const figures = await load(testBed, instance, request, paced, times);
    say(`read, round ${round} of ${plan.rounds}: ${name}: p50 ${figures.p50Ms.toFixed(2)} ms`);
    return figures;
  });
  return Object.entries(candidates).map(([name, { sessions, strategy, way }]) => {
    const rounds = quiet.get(name) ?? [];
    return {
      sessions,
      redis: sessions === 'none' || strategy === 'memory' ? 'not used' : way,
      ...candidateIn(full, name),
      p50Ms: rounds.map(({ p50Ms }) => p50Ms),
      p99Ms: rounds.map(({ p99Ms }) => p99Ms),
    };
  });
}

interface Ready {
  readonly instance: MeasuredInstance;
  readonly request: RequestSpec;
}

type FullLoad = Pick<ReadFigures, 'perSecond' | 'p99MsAtFullLoad' | 'cpuUsPerRequest' | 'generatorCpu'>;

/** All candidates in slices. @throws {MeasurementError} When a single answer was another than 200. */
async function measureFullLoad(
  testBed: TestBed,
  { slices, sliceMs }: Plan,
  ready: ReadonlyMap<string, Ready>,
): Promise<ReadonlyMap<string, FullLoad>> {
  const job: InterleavedLoadJob = {
    candidates: [...ready].map(([name, { instance, request }]) => ({
      ...{ name, origin: instance.origin, request },
    })),
    ...{ connections, slices, sliceMs },
  };
  const cpuOfAll = async () =>
    new Map(
      await Promise.all(
        [...ready].map(async ([name, { instance }]) => [name, await instance.cpuMs()] as const),
      ),
    );
  // A slice ends with its last answer.
  const deadlineMs = slices * ready.size * (sliceMs + 500) + 30_000;
  const read = (line: unknown) => interleavedLoadReport.safeParse(line).data;
  const before = await cpuOfAll();
  const report = await testBed.run('interleaved-load.ts', job, deadlineMs, read);
  const after = await cpuOfAll();
  return new Map(
    Object.entries(report).map(([name, { perSecond, answered, p99Ms, failures, ownCpu }]) => {
      demandNoFailures(`${name} at full load`, failures);
      const [from, to] = [before.get(name), after.get(name)];
      const known = from !== undefined && to !== undefined;
      const cpuUsPerRequest = known ? ((to - from) * 1000) / answered : undefined;
      return [name, { perSecond, p99MsAtFullLoad: p99Ms, cpuUsPerRequest, generatorCpu: ownCpu }];
    }),
  );
}

function candidateIn<T>(all: ReadonlyMap<string, T>, name: string): T {
  const candidate = all.get(name);
  if (candidate === undefined) throw new TypeError(`There is no candidate ${name}`);
  return candidate;
}

const busy: LoadPace = { kind: 'closed', connections };
const paced: LoadPace = { kind: 'paced', perSecond: quietPerSecond };

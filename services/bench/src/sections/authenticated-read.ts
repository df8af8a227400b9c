// What an authenticated read costs, for each place where sessions live: requests per second at full load, and latencies
// at low load; with Redis on the same machine, and with a relay in front of it that adds the latency of a network.

import { type InterleavedLoadJob, interleavedLoadReport } from '../load/interleaved-load-job.ts';
import type { LoadPace, RequestSpec } from '../load/load-job.ts';
import { demandNoFailures, measureLoad } from '../load/measure-load.ts';
import type { Plan } from '../plan.ts';
import { startRelay } from '../redis/relay.ts';
import { measureInRounds } from '../rounds.ts';
import { spreadOf } from '../statistics.ts';
import type { MeasuredInstance, StoreStrategy, TestBed } from '../test-bed.ts';
import { newUserRequests } from './user-requests.ts';

/** What the relay adds to a round trip to Redis, in milliseconds: about as far as the next data centre of a region. */
export const addedRoundTripMs = 2;
/** At full load. Enough to keep one instance busy without a pause: with more, its throughput no longer grows. */
export const connections = 32;
/** At low load: a small part of what an instance can do, so that hardly any request waits for another. */
export const lowLoadPerSecond = 300;

const fullLoad: LoadPace = { kind: 'closed', connections };
const lowLoad: LoadPace = { kind: 'paced', perSecond: lowLoadPerSecond };

type RedisDistance = 'loopback' | '2 ms';

interface Candidate {
  readonly sessions: ReadFigures['sessions'];
  readonly strategy: StoreStrategy;
  readonly distance: RedisDistance;
}

export interface ReadFigures {
  /** `none`: GET /livez, which passes all that a request passes but for the session, the body's parser and the API. */
  readonly sessions: 'none' | 'memory' | 'connect-redis' | 'redis';
  readonly redis: RedisDistance | 'not used';
  /** At full load, in requests per second: a value for each slice. */
  readonly perSecond: readonly number[];
  /** At full load, in milliseconds. The median would only say again how many requests per second there are. */
  readonly p99MsAtFullLoad: number;
  /** Processor time of the instance for one request at full load, in microseconds; undefined where it is not known. */
  readonly cpuUsPerRequest: number | undefined;
  /** How much of one core the load generator used at full load. */
  readonly generatorCpu: number;
  /** At low load, in milliseconds: a value for each round. */
  readonly p50Ms: readonly number[];
  readonly p99Ms: readonly number[];
}

const candidates: Readonly<Record<string, Candidate>> = {
  none: { sessions: 'none', strategy: 'memory', distance: 'loopback' },
  memory: { sessions: 'memory', strategy: 'memory', distance: 'loopback' },
  'connect-redis': { sessions: 'connect-redis', strategy: 'connect-redis', distance: 'loopback' },
  redis: { sessions: 'redis', strategy: 'redis', distance: 'loopback' },
  'connect-redis-2ms': { sessions: 'connect-redis', strategy: 'connect-redis', distance: '2 ms' },
  'redis-2ms': { sessions: 'redis', strategy: 'redis', distance: '2 ms' },
};

export async function measureReads(
  testBed: TestBed,
  plan: Plan,
  say: (line: string) => void,
): Promise<readonly ReadFigures[]> {
  await using relay = await startRelay({ port: testBed.redisPort, delayMs: addedRoundTripMs / 2 });
  await using instances = new AsyncDisposableStack();
  const running = new Map<string, RunningCandidate>();
  for (const [name, { sessions, strategy, distance }] of Object.entries(candidates)) {
    const redisPort = distance === '2 ms' ? relay.port : testBed.redisPort;
    const instance = instances.use(await testBed.startInstance({ name, strategy, redisPort }));
    const { me } = await newUserRequests(instance);
    const request: RequestSpec = sessions === 'none' ? { ...me, path: '/livez' } : me;
    running.set(name, { instance, request });
    const times = { warmUpMs: plan.warmUpMs, measureMs: plan.compileMs };
    await measureLoad(testBed, instance, request, fullLoad, times);
  }
  const seconds = (plan.slices * running.size * plan.sliceMs) / 1000;
  say(`read: requests per second of ${running.size} candidates, for ${seconds.toFixed(0)} s`);

  const atFullLoad = await measureFullLoad(testBed, plan, running);
  for (const [name, { perSecond }] of atFullLoad)
    say(`read: ${name}: ${spreadOf(perSecond).median.toFixed(0)}/s`);
  const atLowLoad = await measureInRounds(plan.rounds, [...running.keys()], async (name, round) => {
    const { instance, request } = candidateIn(running, name);
    const times = { warmUpMs: plan.warmUpMs, measureMs: plan.readMs };
    const report = await measureLoad(testBed, instance, request, lowLoad, times);
    say(`read, round ${round} of ${plan.rounds}: ${name}: p50 ${report.p50Ms.toFixed(2)} ms`);
    return report;
  });
  return Object.entries(candidates).map(([name, { sessions, strategy, distance }]) => {
    const rounds = candidateIn(atLowLoad, name);
    return {
      sessions,
      redis: strategy === 'memory' ? 'not used' : distance,
      ...candidateIn(atFullLoad, name),
      p50Ms: rounds.map(({ p50Ms }) => p50Ms),
      p99Ms: rounds.map(({ p99Ms }) => p99Ms),
    };
  });
}

interface RunningCandidate {
  readonly instance: MeasuredInstance;
  readonly request: RequestSpec;
}

type FullLoadFigures = Pick<
  ReadFigures,
  'perSecond' | 'p99MsAtFullLoad' | 'cpuUsPerRequest' | 'generatorCpu'
>;

/** All candidates in interleaved slices. @throws {MeasurementError} When a single answer was another than 200. */
async function measureFullLoad(
  testBed: TestBed,
  { slices, sliceMs }: Plan,
  running: ReadonlyMap<string, RunningCandidate>,
): Promise<ReadonlyMap<string, FullLoadFigures>> {
  const job: InterleavedLoadJob = {
    candidates: [...running].map(([name, { instance, request }]) => ({
      ...{ name, origin: instance.origin, request },
    })),
    ...{ connections, slices, sliceMs },
  };
  const cpuMsOfAll = () => new Map([...running].map(([name, { instance }]) => [name, instance.cpuMs()]));
  // A slice takes until its last request is answered, so somewhat longer than planned.
  const deadlineMs = slices * running.size * (sliceMs + 500) + 30_000;
  const read = (line: unknown) => interleavedLoadReport.safeParse(line).data;
  const cpuMsBefore = cpuMsOfAll();
  const report = await testBed.runProgram('load/interleaved-load.ts', job, deadlineMs, read);
  const cpuMsAfter = cpuMsOfAll();
  return new Map(
    Object.entries(report).map(([name, { perSecond, answered, p99Ms, failures, generatorCpu }]) => {
      demandNoFailures(`${name} at full load`, failures);
      const [before, after] = [cpuMsBefore.get(name), cpuMsAfter.get(name)];
      const known = before !== undefined && after !== undefined;
      const cpuUsPerRequest = known ? ((after - before) * 1000) / answered : undefined;
      return [name, { perSecond, p99MsAtFullLoad: p99Ms, cpuUsPerRequest, generatorCpu }];
    }),
  );
}

function candidateIn<T>(all: ReadonlyMap<string, T>, name: string): T {
  const candidate = all.get(name);
  if (candidate === undefined) throw new TypeError(`There is no candidate ${name}`);
  return candidate;
}

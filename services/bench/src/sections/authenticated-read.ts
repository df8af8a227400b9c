// What an authenticated read costs, for each place where sessions live and for the apps of the tutorials: processor time and
// requests per second at full load, and latencies at low load; with Redis on the same machine, and with a relay in front
// of it that adds the latency of a network. Everybody logs each request, as in production.

import type { InterleavedLoadJob } from '../load/interleaved-load-job.ts';
import type { LoadPace, RequestSpec } from '../load/load-job.ts';
import { measureInterleaved } from '../load/measure-interleaved.ts';
import { measureLoad } from '../load/measure-load.ts';
import type { Plan } from '../plan.ts';
import { startRelay } from '../redis/relay.ts';
import { measureInRounds } from '../rounds.ts';
import { spreadOf } from '../statistics.ts';
import type { Candidate, LoggingCandidate, TestBed } from '../test-bed.ts';
import { loggedInUsers } from './site-user.ts';

/** What the relay adds to a round trip to Redis, in milliseconds: about as far as the next data centre of a region. */
export const addedRoundTripMs = 2;
/** At full load. Enough to keep one instance busy without a pause: with more, its throughput no longer grows. */
export const connections = 32;
/** At low load: a small part of what an instance can do, so that hardly any request waits for another. */
export const lowLoadPerSecond = 300;

const fullLoad: LoadPace = { kind: 'closed', connections };
const lowLoad: LoadPace = { kind: 'paced', perSecond: lowLoadPerSecond };

type RedisDistance = 'loopback' | '2 ms';
type Sessions = 'none' | Candidate;

export interface ReadFigures {
  /**
   * `none`: GET /livez, which passes all that a request passes but for the session, the body's parser and the API. `bare`
   * and `hardened` are the tutorials' apps, with connect-redis.
   */
  readonly sessions: Sessions;
  readonly redis: RedisDistance | 'not used';
  /** At full load, in requests per second: a value for each slice. */
  readonly perSecond: readonly number[];
  /**
   * Processor time of the instance for one request at full load, in microseconds: a value for each slice. Empty where the
   * system does not tell.
   */
  readonly cpuUs: readonly number[];
  /** At full load, in milliseconds. The median would only say again how many requests per second there are. */
  readonly p99MsAtFullLoad: number;
  /** How much of one core the load generator used at full load. */
  readonly generatorCpu: number;
  /** At low load, in milliseconds: a value for each round. */
  readonly p50Ms: readonly number[];
  readonly p99Ms: readonly number[];
}

const candidates: readonly { readonly sessions: Sessions; readonly distance: RedisDistance }[] = [
  { sessions: 'none', distance: 'loopback' },
  { sessions: 'memory', distance: 'loopback' },
  { sessions: 'bare', distance: 'loopback' },
  { sessions: 'hardened', distance: 'loopback' },
  { sessions: 'connect-redis', distance: 'loopback' },
  { sessions: 'redis', distance: 'loopback' },
  { sessions: 'connect-redis', distance: '2 ms' },
  { sessions: 'redis', distance: '2 ms' },
];

const nameOf = ({ sessions, distance }: (typeof candidates)[number]) =>
  distance === 'loopback' ? sessions : `${sessions}-2ms`;

interface RunningCandidate {
  readonly site: LoggingCandidate;
  /** Of as many users as there are connections. */
  readonly requests: readonly [RequestSpec, ...RequestSpec[]];
}

export async function measureReads(
  testBed: TestBed,
  plan: Plan,
  say: (line: string) => void,
): Promise<readonly ReadFigures[]> {
  await using relay = await startRelay({ port: testBed.redisPort, delayMs: addedRoundTripMs / 2 });
  await using sites = new AsyncDisposableStack();
  const running = new Map<string, RunningCandidate>();
  for (const candidate of candidates) {
    const { sessions, distance } = candidate;
    const redisPort = distance === '2 ms' ? relay.port : testBed.redisPort;
    const runs = sessions === 'none' ? 'memory' : sessions;
    const name = nameOf(candidate);
    const site = sites.use(await testBed.startLogging(name, runs, { redisPort }));
    const requests = await readsOf(site, sessions === 'none' ? '/livez' : undefined);
    running.set(name, { site, requests });
    const times = { warmUpMs: plan.warmUpMs, measureMs: plan.compileMs };
    await measureLoad(testBed, site, requests[0], fullLoad, times);
  }
  const seconds = (plan.slices * running.size * plan.sliceMs) / 1000;
  say(`read: processor time of ${running.size} candidates at full load, for ${seconds.toFixed(0)} s`);

  const atFullLoad = await measureFullLoad(testBed, plan, running);
  for (const [name, { cpuUs, perSecond }] of atFullLoad) {
    const cost = cpuUs.length > 0 ? `${spreadOf(cpuUs).median.toFixed(0)} µs, ` : '';
    say(`read: ${name}: ${cost}${spreadOf(perSecond).median.toFixed(0)}/s`);
  }
  const atLowLoad = await measureInRounds(plan.rounds, [...running.keys()], async (name, round) => {
    const { site, requests } = candidateIn(running, name);
    const times = { warmUpMs: plan.warmUpMs, measureMs: plan.readMs };
    const report = await measureLoad(testBed, site, requests[0], lowLoad, times);
    say(`read, round ${round} of ${plan.rounds}: ${name}: p50 ${report.p50Ms.toFixed(2)} ms`);
    return report;
  });
  return candidates.map((candidate) => {
    const { sessions, distance } = candidate;
    const rounds = candidateIn(atLowLoad, nameOf(candidate));
    return {
      sessions,
      redis: sessions === 'none' || sessions === 'memory' ? 'not used' : distance,
      ...candidateIn(atFullLoad, nameOf(candidate)),
      p50Ms: rounds.map(({ p50Ms }) => p50Ms),
      p99Ms: rounds.map(({ p99Ms }) => p99Ms),
    };
  });
}

/** @param path another than that of an authenticated read */
async function readsOf(site: LoggingCandidate, path?: string): Promise<RunningCandidate['requests']> {
  const users = await loggedInUsers(site, connections);
  const [first, ...others] = users.map(({ me }) => (path === undefined ? me : { ...me, path }));
  if (first === undefined) throw new TypeError('There is no user');
  return [first, ...others];
}

type FullLoadFigures = Pick<ReadFigures, 'perSecond' | 'cpuUs' | 'p99MsAtFullLoad' | 'generatorCpu'>;

/** All candidates in interleaved slices. @throws {MeasurementError} When a single answer was another than 200. */
async function measureFullLoad(
  testBed: TestBed,
  { slices, sliceMs }: Plan,
  running: ReadonlyMap<string, RunningCandidate>,
): Promise<ReadonlyMap<string, FullLoadFigures>> {
  const job: InterleavedLoadJob = {
    candidates: [...running].map(([name, { site, requests }]) => ({
      ...{ name, origin: site.origin, requests: [...requests], pid: site.child.pid },
    })),
    ...{ connections, slices, sliceMs },
  };
  const report = await measureInterleaved(testBed, job);
  return new Map(
    Object.entries(report).map(([name, { perSecond, cpuUs, p99Ms, generatorCpu }]) => [
      name,
      { perSecond, cpuUs, p99MsAtFullLoad: p99Ms, generatorCpu },
    ]),
  );
}

function candidateIn<T>(all: ReadonlyMap<string, T>, name: string): T {
  const candidate = all.get(name);
  if (candidate === undefined) throw new TypeError(`There is no candidate ${name}`);
  return candidate;
}

// What one instance of the app carries: requests, and logins with a hash at production's cost.

import { setTimeout as sleep } from 'node:timers/promises';
import { type HashRateJob, hashRateReport } from '../../../bench/src/load/hash-rate-job.ts';
import type { AppInstance } from '../../../lab/src/fleet/processes/instance.ts';
import type { Bed } from '../bed.ts';
import { MeasurementError } from '../errors.ts';
import { type Plan, usualCartLines } from '../plan.ts';
import { openRedisMeter, type RedisMeter } from '../redis/redis-meter.ts';
import { signUpPeople } from '../sessions/real-users.ts';
import type { HttpJob } from '../workers/http-job.ts';
import { type HttpSummary, httpLoad } from '../workers/run-http-worker.ts';
import { fillSessions } from '../workers/run-store-workers.ts';
import { type CheckFigures, measureChecks } from './check.ts';
import { type CoresUsed, coresUsed, originOf } from './cores-used.ts';

export interface RequestCost {
  readonly perSecond: number;
  /** Processor time of the instance, hashing threads included, for one, in milliseconds. */
  readonly instanceMs: number;
  /** Redis' processor time for one, in microseconds: the store's commands and the throttles'. */
  readonly redisUs: number;
}

export interface InstanceFigures {
  readonly cores: number;
  readonly read: RequestCost;
  readonly write: RequestCost;
  /** What both use without any request: probes, timers, what an instance asks Redis and Postgres each second. */
  readonly idle: CoresUsed;
  /** On as many hashing threads as cores. */
  readonly login: RequestCost & { readonly refused: number };
  /**
   * Redis' processor time for a login, in microseconds, measured with bcrypt's lowest cost: with few logins a second, what
   * Redis does anyway would be most of it.
   */
  readonly redisUsOfLogin: number;
  /** bcrypt's cost. */
  readonly bcryptRounds: number;
  /** One hash when nothing else runs, in milliseconds, and what bare threads reach, one on each core. */
  readonly hashMs: number;
  readonly bareHashesPerSecond: number;
  readonly checks: readonly CheckFigures[];
}

const hashRateProgram = new URL('../../../bench/src/load/hash-rate.ts', import.meta.url);

export async function measureInstance(
  bed: Bed,
  plan: Plan,
  cores: number,
  workers: number,
  say: (line: string) => void,
): Promise<InstanceFigures> {
  const server = await bed.startRedis({ name: 'redis-of-instance' });
  await using meter = await openRedisMeter(server.url);
  const { seed, sessionSecret: secret } = bed;
  const redis = { kind: 'standalone', url: server.url } as const;
  await fillSessions(bed, { redis, sessions: plan.sessions, cartLines: usualCartLines, workers });
  const settings = { BCRYPT_ROUNDS: String(plan.bcryptRounds), HASH_THREADS: String(cores) };
  const instance = await bed.startInstance({ name: 'costs', redisUrl: server.url, settings });
  const pace = { kind: 'closed', underWay: 32 } as const;
  const cookies = { kind: 'made', seed, secret, sessions: plan.sessions } as const;
  const times = { warmUpMs: plan.compileMs, measureMs: plan.requestsMs };
  const measure = (job: Omit<HttpJob, 'origin'> & { measureMs: number }) =>
    measureRequests(bed, instance, meter, { origin: originOf(instance), ...job });

  const read = await measure({ ...times, reads: { pace, cookies } });
  say(`instance: ${read.perSecond.toFixed(0)} reads/s, ${read.instanceMs.toFixed(2)} ms of a core each`);
  const write = await measure({ ...times, writes: { pace, cookies } });
  say(`instance: ${write.perSecond.toFixed(0)} writes/s, ${write.instanceMs.toFixed(2)} ms of a core each`);
  // What the requests have left to do is not what an idle instance does.
  await sleep(plan.idleMs / 5);
  const idle = await coresUsed(instance, meter, plan.idleMs);
  const users = await signUpPeople(originOf(instance), 4);
  const logins = { pace: { kind: 'closed', underWay: cores * 3 }, users } as const;
  const login = await measure({ warmUpMs: plan.warmUpMs, measureMs: plan.loginsMs, logins });
  say(`instance: ${login.perSecond.toFixed(2)} logins/s, ${login.instanceMs.toFixed(0)} ms of a core each`);
  await instance.kill();
  const redisUsOfLogin = await measureQuickLogins(bed, meter, plan, server.url);

  const job: HashRateJob = { threads: cores, bcryptRounds: plan.bcryptRounds, measureMs: plan.loginsMs / 3 };
  const hashing = await bed.startWorker(hashRateProgram, 'hash-rate', job);
  const hashes = await hashing.line(
    'it had hashed',
    (line) => hashRateReport.safeParse(line).data,
    plan.loginsMs + 60_000,
  );
  await hashing.end();
  const checks = await measureChecks(bed, plan, workers, say);
  await server.stop();
  return {
    ...{ cores, read, write, idle, login, redisUsOfLogin, checks, bcryptRounds: plan.bcryptRounds },
    ...{ hashMs: hashes.oneAloneMs, bareHashesPerSecond: hashes.perSecondTogether },
  };
}

/** @returns microseconds of Redis for a login */
async function measureQuickLogins(
  bed: Bed,
  meter: RedisMeter,
  plan: Plan,
  redisUrl: string,
): Promise<number> {
  // The lowest cost, on the event loop, is the laboratory's own setting.
  const instance = await bed.startInstance({ name: 'quick-logins', redisUrl });
  const origin = originOf(instance);
  const users = await signUpPeople(origin, 20);
  const { redisUs } = await measureRequests(bed, instance, meter, {
    ...{ origin, warmUpMs: plan.compileMs, measureMs: plan.requestsMs },
    logins: { pace: { kind: 'closed', underWay: 8 }, users },
  });
  await instance.kill();
  return redisUs;
}

/** Requests of one kind as fast as the answers come, and what one of them cost. */
async function measureRequests(
  bed: Bed,
  instance: AppInstance,
  meter: RedisMeter,
  job: HttpJob & { measureMs: number },
): Promise<RequestCost & { refused: number }> {
  let used: CoresUsed | undefined;
  const summary = await httpLoad(bed, job, async () => {
    used = await coresUsed(instance, meter, job.measureMs * 0.9);
  });
  if (used === undefined) throw new MeasurementError('the requests did not begin');
  const { perSecond, refused } = onlyStream(summary);
  return {
    ...{ perSecond, refused },
    instanceMs: (used.instance * 1_000) / perSecond,
    redisUs: (used.redis * 1e6) / perSecond,
  };
}

/** @throws {MeasurementError} When an answer was neither 200 nor 503. */
function onlyStream({ reads, writes, logins }: HttpSummary) {
  const stream = reads ?? writes ?? logins;
  if (stream === undefined || stream.perSecond === 0)
    throw new MeasurementError('nothing was answered with 200');
  const { 'status 503': refused = 0, ...failures } = stream.failures;
  if (Object.keys(failures).length > 0)
    throw new MeasurementError(`requests met ${JSON.stringify(failures)}`);
  return { ...stream, refused };
}

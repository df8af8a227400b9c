// Whether the model is right, at the sizes that this machine reaches: as many sessions as people, their load at the peak on
// one instance, and what that takes.

import type { Bed } from '../bed.ts';
import { type Assumptions, defaultAssumptions } from '../model/assumptions.ts';
import { loadOf } from '../model/needs.ts';
import { type Plan, usualCartLines } from '../plan.ts';
import { openRedisMeter } from '../redis/redis-meter.ts';
import { signUpPeople } from '../sessions/real-users.ts';
import { httpLoad } from '../workers/run-http-worker.ts';
import { fillSessions } from '../workers/run-store-workers.ts';
import { type CoresUsed, coresUsed, originOf } from './cores-used.ts';

/** Measured; what the model says of it is computed when the report is written. */
export interface CheckFigures {
  readonly people: number;
  /** Answered with 200. */
  readonly requestsPerSecond: number;
  readonly loginsPerSecond: number;
  readonly failed: number;
  readonly readP99Ms: number | null;
  /** Cores in use. */
  readonly instanceCores: number;
  readonly redisCores: number;
  readonly redisBytes: number;
}

export async function measureChecks(
  bed: Bed,
  plan: Plan,
  workers: number,
  say: (line: string) => void,
): Promise<CheckFigures[]> {
  const checks: CheckFigures[] = [];
  for (const people of plan.checkedPeople) {
    const check = await measureCheck(bed, people, plan, workers, defaultAssumptions);
    const { requestsPerSecond, loginsPerSecond, instanceCores } = check;
    say(
      `instance: ${people} people: ${requestsPerSecond.toFixed(0)} requests/s and ${loginsPerSecond.toFixed(2)} logins/s ` +
        `take ${instanceCores.toFixed(2)} cores`,
    );
    checks.push(check);
  }
  return checks;
}

async function measureCheck(
  bed: Bed,
  people: number,
  plan: Plan,
  workers: number,
  assumptions: Assumptions,
): Promise<CheckFigures> {
  const server = await bed.startRedis({ name: `redis-for-${people}` });
  await using meter = await openRedisMeter(server.url);
  const before = await meter.read();
  const redis = { kind: 'standalone', url: server.url } as const;
  await fillSessions(bed, { redis, sessions: people, cartLines: usualCartLines, workers });
  const redisBytes = (await meter.read()).usedBytes - before.usedBytes;

  const settings = { BCRYPT_ROUNDS: String(plan.bcryptRounds) };
  const instance = await bed.startInstance({
    name: `people-${people}`,
    redisUrl: server.url,
    settings: { ...settings, HASH_THREADS: String(assumptions.hashThreads) },
  });
  const origin = originOf(instance);
  const users = await signUpPeople(origin, 4);
  const { requestsPerSecond, loginsPerSecond } = loadOf(people, assumptions);
  const { seed, sessionSecret: secret } = bed;
  const cookies = { kind: 'made', seed, secret, sessions: people } as const;
  const open = (perSecond: number) => ({ kind: 'open', perSecond }) as const;
  const job = {
    ...{ origin, warmUpMs: plan.warmUpMs, measureMs: plan.checkMs },
    reads: { cookies, pace: open(requestsPerSecond * (1 - assumptions.writeShare)) },
    writes: { cookies, pace: open(requestsPerSecond * assumptions.writeShare) },
    logins: { users, pace: open(loginsPerSecond) },
  };
  let used: CoresUsed = { instance: Number.NaN, redis: Number.NaN };
  const { reads, writes, logins } = await httpLoad(bed, job, async () => {
    used = await coresUsed(instance, meter, plan.checkMs * 0.95);
  });
  await instance.kill();
  await server.stop();
  return {
    people,
    requestsPerSecond: (reads?.perSecond ?? 0) + (writes?.perSecond ?? 0),
    loginsPerSecond: logins?.perSecond ?? 0,
    failed: (reads?.failed ?? 0) + (writes?.failed ?? 0) + (logins?.failed ?? 0),
    readP99Ms: reads?.p99Ms ?? null,
    ...{ instanceCores: used.instance, redisCores: used.redis, redisBytes },
  };
}

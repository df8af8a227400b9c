// An instance that is measured: where it listens, and how many cores it and its Redis use.

import { setTimeout as sleep } from 'node:timers/promises';
import type { AppInstance } from '../../../lab/src/fleet/processes/instance.ts';
import { readProcStat } from '../../../lab/src/supervision/proc-stat.ts';
import { coresBetween, type RedisMeter, type RedisReading } from '../redis/redis-meter.ts';

export function originOf({ port }: AppInstance): string {
  return `http://127.0.0.1:${port}`;
}

export interface CoresUsed {
  readonly instance: number;
  readonly redis: number;
}

/** How many cores both use, on average over so many milliseconds from now. */
export async function coresUsed(instance: AppInstance, meter: RedisMeter, ms: number): Promise<CoresUsed> {
  const before = await readings(instance, meter);
  await sleep(ms);
  const after = await readings(instance, meter);
  return {
    instance: (after.cpuMs - before.cpuMs) / (after.redis.atMs - before.redis.atMs),
    redis: coresBetween(before.redis, after.redis),
  };
}

interface Reading {
  readonly redis: RedisReading;
  readonly cpuMs: number;
}

async function readings(instance: AppInstance, meter: RedisMeter): Promise<Reading> {
  return { redis: await meter.read(), cpuMs: readProcStat(instance.pid)?.cpuMs ?? Number.NaN };
}

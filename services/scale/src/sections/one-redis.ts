// What one Redis carries: what an operation of the store costs it, what a session takes, and the load at which it slows down.

import type { Bed } from '../bed.ts';
import { MeasurementError } from '../errors.ts';
import { type Plan, usualCartLines } from '../plan.ts';
import {
  commandsBetween,
  coresBetween,
  openRedisMeter,
  type RedisMeter,
  type RedisReading,
} from '../redis/redis-meter.ts';
import {
  fillSessions,
  loadStore,
  type StoreLoad,
  type StoreLoadResult,
} from '../workers/run-store-workers.ts';
import { type Operation, operations } from '../workers/store-job.ts';
import { isBeyondKnee, type LoadStep } from './knee.ts';
import { measureSize, type SessionSize } from './session-size.ts';

export interface OperationCost {
  readonly operation: Operation;
  /** With as many under way as {@link underWay}: what this machine reaches, workers and Redis on the same cores. */
  readonly perSecond: number;
  /** Redis' processor time for one, in microseconds. */
  readonly redisUs: number;
  readonly redisCores: number;
  readonly workerCores: number;
  /** Commands for one, by name, and Redis' microseconds in one such command. A script's time has that of what it calls. */
  readonly commands: Readonly<Record<string, { readonly calls: number; readonly us: number }>>;
}

export interface OneRedisFigures {
  readonly sessions: number;
  readonly workers: number;
  readonly operations: readonly OperationCost[];
  readonly sizes: readonly SessionSize[];
  /** Reads at a rate that rises from step to step; the last is beyond the knee, if that was reached. */
  readonly steps: readonly LoadStep[];
}

/** Of all workers together. */
const underWay = 64;
/** Steps that rise by less would take long to get anywhere, and by more would miss the knee. */
const stepFactor = 1.5;
const firstStepPerSecond = 1_000;

export async function measureOneRedis(
  bed: Bed,
  plan: Plan,
  workers: number,
  say: (line: string) => void,
): Promise<OneRedisFigures> {
  const server = await bed.startRedis({ name: 'redis-alone' });
  const redis = { kind: 'standalone', url: server.url } as const;
  await using meter = await openRedisMeter(server.url);

  const sizes: SessionSize[] = [];
  // The usual size comes last: its sessions stay for the measurements after it.
  for (const cartLines of [...plan.cartLines, usualCartLines]) {
    await meter.command('FLUSHALL');
    const fill = { redis, cartLines, workers, sessions: plan.sessions };
    const size = await measureSize(meter, bed.seed, fill, () => fillSessions(bed, fill));
    say(`redis: a session with ${cartLines} articles takes ${size.bytes} B`);
    sizes.push(size);
  }
  const { sessions, warmUpMs } = plan;
  const load = { redis, sessions, workers, warmUpMs, cartLines: usualCartLines };
  const costs: OperationCost[] = [];
  for (const operation of operations) {
    const pace = { kind: 'closed', underWay } as const;
    const cost = await measureCost(bed, meter, { ...load, operation, measureMs: plan.operationMs, pace });
    say(`redis: ${operation}: ${cost.perSecond.toFixed(0)}/s, ${cost.redisUs.toFixed(0)} µs of Redis each`);
    costs.push(cost);
  }
  const steps: LoadStep[] = [];
  for (let rate = firstStepPerSecond; steps.length < plan.mostSteps; rate = Math.round(rate * stepFactor)) {
    const pace = { kind: 'open', perSecond: rate } as const;
    const step = await measureStep(
      bed,
      meter,
      { ...load, operation: 'read', measureMs: plan.stepMs, pace },
      rate,
    );
    steps.push(step);
    say(
      `redis: ${rate} reads/s offered, ${step.perSecond.toFixed(0)}/s served, p99 ${step.p99Ms.toFixed(1)} ms`,
    );
    if (isBeyondKnee(steps)) break;
  }
  await server.stop();
  return {
    sessions,
    workers,
    operations: costs,
    sizes: sizes.toSorted((a, b) => a.cartLines - b.cartLines),
    steps,
  };
}

async function measureCost(bed: Bed, meter: RedisMeter, load: StoreLoad): Promise<OperationCost> {
  const { before, after, result } = await metered(bed, meter, load);
  const commands = commandsBetween(before, after);
  // Counted by Redis, and so of the very time between the two readings.
  const count = commands[load.operation === 'read' ? 'get' : 'evalsha']?.calls ?? 0;
  if (count === 0) throw new MeasurementError(`Redis saw no ${load.operation}`);
  const own = Object.entries(commands).filter(([name]) => !['info', 'ping', 'memory'].includes(name));
  return {
    operation: load.operation,
    perSecond: result.perSecond,
    redisUs: (after.cpuUs - before.cpuUs) / count,
    redisCores: coresBetween(before, after),
    workerCores: result.workerCores,
    commands: Object.fromEntries(
      own.map(([name, { calls, us }]) => [name, { calls: calls / count, us: us / calls }]),
    ),
  };
}

async function measureStep(bed: Bed, meter: RedisMeter, load: StoreLoad, offered: number): Promise<LoadStep> {
  const { before, after, result } = await metered(bed, meter, load);
  return {
    offeredPerSecond: offered,
    perSecond: result.perSecond,
    p50Ms: result.p50Ms ?? Number.NaN,
    p99Ms: result.p99Ms ?? Number.NaN,
    redisCores: coresBetween(before, after),
    workerCores: result.workerCores,
  };
}

/** Redis is read while the workers measure: at their begin, and shortly before their end. */
async function metered(bed: Bed, meter: RedisMeter, load: StoreLoad) {
  let before: RedisReading | undefined;
  let after: RedisReading | undefined;
  const result: StoreLoadResult = await loadStore(bed, load, async () => {
    before = await meter.read();
    await new Promise((resolve) => setTimeout(resolve, load.measureMs * 0.9));
    after = await meter.read();
  });
  if (before === undefined || after === undefined) throw new MeasurementError('the workers did not begin');
  const { 'not sent: too many under way': _, ...failures } = result.failures;
  if (Object.keys(failures).length > 0 && load.pace.kind === 'closed')
    throw new MeasurementError(`${load.operation} met ${JSON.stringify(failures)}`);
  return { before, after, result };
}

// A million people logged in: filled through the store, used through an instance, restarted with its file, and ended at one
// moment.

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../../lab/src/fleet/eventually.ts';
import type { AppInstance } from '../../../lab/src/fleet/processes/instance.ts';
import type { RedisProcess } from '../../../lab/src/fleet/processes/redis.ts';
import type { Bed } from '../bed.ts';
import { MeasurementError } from '../errors.ts';
import { type Plan, usualCartLines } from '../plan.ts';
import { openRedisMeter, type RedisMeter } from '../redis/redis-meter.ts';
import { type RealUser, signUpPeople } from '../sessions/real-users.ts';
import { timeLeft } from '../time-left.ts';
import type { Cookies, HttpJob } from '../workers/http-job.ts';
import { beginHttpLoad, type HttpSummary, httpLoad } from '../workers/run-http-worker.ts';
import { fillSessions } from '../workers/run-store-workers.ts';
import { originOf } from './cores-used.ts';
import { type Expiry, endAllAtOnce } from './end-all-at-once.ts';

export interface RestartFigures {
  /** Of all files of the append-only file, in bytes. */
  readonly fileBytes: number;
  /** From its start until Redis serves. */
  readonly loadedSeconds: number;
  /** From the moment at which it serves until the instance is ready and answers a read with 200. */
  readonly wellAfterMs: number;
}

export interface MillionFigures {
  readonly sessions: number;
  readonly fillSeconds: number;
  readonly usedBytes: number;
  readonly residentBytes: number;
  /** Of `usedBytes`, for one person. */
  readonly bytesPerPerson: number;
  /** What people notice, in each phase. Reads are of sessions by chance, of all that there are then. */
  readonly phases: readonly { readonly phase: Phase; readonly noticed: HttpSummary }[];
  readonly restart: RestartFigures;
  /** The same once more, with the file rewritten. */
  readonly restartRewritten: RestartFigures;
  readonly rewriteSeconds: number;
  /** How long the fork for the rewrite held up everything, in milliseconds. */
  readonly forkMs: number;
  readonly expiry: Expiry;
}

export const phases = ['empty', 'filling', 'full', 'rewriting', 'restarted', 'expiring', 'expired'] as const;
export type Phase = (typeof phases)[number];

/** Few, so that it is not they that keep the machine busy. */
const rates = { reads: 100, logins: 5, readiness: 5 };
/** The hash is not what is measured here; the lowest cost on the event loop is the laboratory's own setting. */
const realUsers = 50;

export async function measureMillion(
  bed: Bed,
  plan: Plan,
  workers: number,
  say: (line: string) => void,
): Promise<MillionFigures> {
  const server = await bed.startRedis({ name: 'redis-million' });
  await using meter = await openRedisMeter(server.url);
  const instance = await bed.startInstance({ name: 'million', redisUrl: server.url });
  const people = await signUpPeople(originOf(instance), realUsers);
  const noticed: { phase: Phase; noticed: HttpSummary }[] = [];
  const made = { kind: 'made', seed: bed.seed, secret: bed.sessionSecret, sessions: plan.million } as const;
  const job = (cookies: Cookies, users = people) => peoplesRequests(instance, users, cookies, plan);
  const look = async (phase: Phase, cookies: Cookies) => {
    noticed.push({ phase, noticed: await httpLoad(bed, { ...job(cookies), measureMs: plan.requestsMs }) });
  };
  /** What people notice while something goes on. */
  const lookWhile = async <T>(
    phase: Phase,
    cookies: Cookies,
    work: () => Promise<T>,
    users = people,
  ): Promise<T> => {
    const load = await beginHttpLoad(bed, job(cookies, users));
    const result = await work();
    noticed.push({ phase, noticed: await load.stop() });
    return result;
  };

  await look('empty', real(people));
  const before = await meter.read();
  const fillSeconds = await lookWhile('filling', real(people), () => fill(bed, server, plan, workers, say));
  const full = await meter.read();
  say(`million: ${plan.million} sessions in ${fillSeconds.toFixed(0)} s, ${mib(full.usedBytes)} MiB`);
  await look('full', made);

  const restart = await restarted(server, instance, made, say);
  await look('restarted', made);
  const rewritten = await lookWhile('rewriting', made, () => rewrite(meter));
  const forkMs = (await meter.read()).forkUs / 1000;
  const restartRewritten = await restarted(server, instance, made, say);

  // Of sessions that stay, begun after the ends of the others are set.
  const beginLooking = async () => {
    const staying = await signUpPeople(originOf(instance), realUsers);
    // A login of one of the others would delete sessions of theirs that are to expire: those beyond ten.
    return (work: () => Promise<void>) => lookWhile('expiring', real(staying), work, staying);
  };
  const expiry = await endAllAtOnce(meter, beginLooking, say);
  say(`million: ${expiry.keys} keys freed ${expiry.seconds.toFixed(1)} s after their end`);
  await look('expired', real(await signUpPeople(originOf(instance), realUsers)));
  await instance.kill();
  await server.stop();
  return {
    ...{ sessions: plan.million, fillSeconds, restart, restartRewritten, forkMs, expiry },
    rewriteSeconds: rewritten,
    ...{ usedBytes: full.usedBytes, residentBytes: full.residentBytes },
    bytesPerPerson: (full.usedBytes - before.usedBytes) / plan.million,
    phases: noticed,
  };
}

function peoplesRequests(
  instance: AppInstance,
  users: readonly RealUser[],
  cookies: Cookies,
  plan: Plan,
): Omit<HttpJob, 'measureMs'> {
  const open = (perSecond: number) => ({ kind: 'open', perSecond }) as const;
  return {
    ...{ origin: originOf(instance), warmUpMs: plan.warmUpMs },
    reads: { pace: open(rates.reads), cookies },
    logins: { pace: open(rates.logins), users: [...users] },
    readiness: { pace: open(rates.readiness) },
  };
}

const real = (people: readonly RealUser[]): Cookies => ({
  kind: 'real',
  cookies: people.map(({ cookie }) => cookie),
});

async function fill(
  bed: Bed,
  server: RedisProcess,
  { million: sessions }: Plan,
  workers: number,
  say: (line: string) => void,
): Promise<number> {
  const redis = { kind: 'standalone', url: server.url } as const;
  const beganMs = performance.now();
  let saidMs = beganMs;
  return await fillSessions(bed, { redis, sessions, cartLines: usualCartLines, workers }, (stored) => {
    const nowMs = performance.now();
    if (nowMs - saidMs < 5_000) return;
    saidMs = nowMs;
    const seconds = (nowMs - beganMs) / 1000;
    say(
      `million: ${stored} of ${sessions} sessions, ${(stored / seconds).toFixed(0)}/s, ` +
        timeLeft(stored, sessions, seconds),
    );
  });
}

/** Ends Redis in the orderly way and starts it again. */
async function restarted(
  server: RedisProcess,
  instance: AppInstance,
  { sessions }: { readonly sessions: number },
  say: (line: string) => void,
): Promise<RestartFigures> {
  await server.stop();
  const fileBytes = await sizeOf(join(server.folder, 'appendonlydir'));
  const beganMs = performance.now();
  await server.start();
  const servesMs = performance.now();
  const isReady = async () => (await fetch(`${originOf(instance)}/readyz`)).status === 200;
  await eventually('the instance is ready after the restart', isReady, { deadlineMs: 120_000 });
  const wellAfterMs = performance.now() - servesMs;
  await using meter = await openRedisMeter(server.url);
  const { keys } = await meter.read();
  // A session and a list for each.
  if (keys < 2 * sessions)
    throw new MeasurementError(`${keys} keys are there after the restart, of ${2 * sessions}`);
  const loadedSeconds = (servesMs - beganMs) / 1000;
  say(`million: a restart read ${mib(fileBytes)} MiB in ${loadedSeconds.toFixed(1)} s`);
  return { fileBytes, loadedSeconds, wellAfterMs };
}

async function sizeOf(folder: string): Promise<number> {
  const files = await Promise.all((await readdir(folder)).map((name) => stat(join(folder, name))));
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** @returns seconds until the append-only file is rewritten */
async function rewrite(meter: RedisMeter): Promise<number> {
  const persistence = async (sign: string) =>
    String(await meter.command('INFO', 'persistence')).includes(sign);
  const idle = () => persistence('aof_rewrite_in_progress:0');
  // The fill may have brought one about that is not through.
  await eventually('no rewrite is under way', idle, { deadlineMs: 600_000, everyMs: 100 });
  const beganMs = performance.now();
  await meter.command('BGREWRITEAOF');
  await sleep(50);
  await eventually('the rewrite is complete', idle, { deadlineMs: 600_000, everyMs: 50 });
  if (!(await persistence('aof_last_bgrewrite_status:ok'))) throw new MeasurementError('the rewrite failed');
  return (performance.now() - beganMs) / 1000;
}

const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(0);

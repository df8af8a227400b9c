// What becomes of a read when one, two and four instances share the machine behind nginx: this project's deployment, as
// `npm start` has it, and two controls with nothing of this project in them.

import { readFileSync } from 'node:fs';
import { startFleet } from '../../../lab/src/fleet/start-fleet.ts';
import { processTree } from '../../../lab/src/supervision/process-tree.ts';
import { startControlProxy } from '../control-proxy.ts';
import type { InterleavedLoadJob } from '../load/interleaved-load-job.ts';
import type { RequestSpec } from '../load/load-job.ts';
import { measureInterleaved } from '../load/measure-interleaved.ts';
import { measureLoad } from '../load/measure-load.ts';
import type { Plan } from '../plan.ts';
import { spreadOf } from '../statistics.ts';
import type { TestBed } from '../test-bed.ts';
import { loggedInUsers } from './site-user.ts';

export const sharingApps = ['npm start', 'hardened', 'plain'] as const;
/** `plain` is Node's own HTTP server, without Express and without Redis. */
export type SharingApp = (typeof sharingApps)[number];
export const instanceCounts = [1, 2, 4] as const;
/** Connections to nginx. */
export const connectionsToNginx = 64;

/** Who takes processor time for a request. The reader is the laboratory, which keeps the instances' log. */
export const parts = ['instance', 'nginx', 'redis', 'reader'] as const;
export type Part = (typeof parts)[number];

export interface SharingFigures {
  readonly app: SharingApp;
  readonly instances: number;
  /** A value for each slice, here and below. */
  readonly perSecond: readonly number[];
  /** Processor time for one request, in microseconds, of all processes of a part together. */
  readonly cpuUs: Readonly<Record<Part, readonly number[]>>;
  /** How much of one core the load generator used. */
  readonly generatorCpu: number;
}

export interface SharingResult {
  /** Of this machine. */
  readonly cores: number;
  readonly deployments: readonly SharingFigures[];
}

interface Running {
  readonly app: SharingApp;
  readonly instances: number;
  readonly origin: string;
  readonly requests: readonly [RequestSpec, ...RequestSpec[]];
  readonly pids: Readonly<Record<Part, readonly number[]>>;
}

export async function measureBehindNginx(
  testBed: TestBed,
  plan: Plan,
  cores: number,
  say: (line: string) => void,
): Promise<SharingResult> {
  await using opened = new AsyncDisposableStack();
  const running = new Map<string, Running>();
  for (const app of sharingApps) {
    for (const instances of instanceCounts) {
      const name = `${app}, ${instances} behind nginx`;
      const one =
        app === 'npm start'
          ? await startDeployment(opened, instances)
          : await startControl(testBed, opened, app, instances);
      running.set(name, one);
      const times = { warmUpMs: plan.warmUpMs, measureMs: plan.compileMs };
      const load = { kind: 'closed', connections: connectionsToNginx } as const;
      await measureLoad(testBed, { name, origin: one.origin }, one.requests[0], load, times);
    }
  }
  say(`nginx: ${running.size} deployments, ${plan.sharingSlices} slices of ${plan.sliceMs} ms each`);
  const job: InterleavedLoadJob = {
    candidates: [...running].map(([name, { origin, requests, pids }]) => ({
      ...{ name, origin, requests: [...requests] },
      pids: Object.fromEntries(parts.map((part) => [part, [...pids[part]]])),
    })),
    ...{ connections: connectionsToNginx, slices: plan.sharingSlices, sliceMs: plan.sliceMs },
  };
  const report = await measureInterleaved(testBed, job);
  const deployments = [...running].map(([name, { app, instances }]) => {
    const measured = report[name];
    if (measured === undefined) throw new TypeError(`There are no figures of ${name}`);
    const { perSecond, partsUs, generatorCpu } = measured;
    const of = (part: Part) => partsUs[part] ?? [];
    const cpuUs = {
      instance: of('instance'),
      nginx: of('nginx'),
      redis: of('redis'),
      reader: of('reader'),
    };
    say(`nginx: ${name}: ${spreadOf(perSecond).median.toFixed(0)}/s`);
    return { app, instances, perSecond, cpuUs, generatorCpu };
  });
  return { cores, deployments };
}

/** nginx, Redis and Postgres of its own, as `npm start` starts them; the laboratory in this process reads the log. */
async function startDeployment(opened: AsyncDisposableStack, instances: number): Promise<Running> {
  const app = 'npm start';
  const before = new Set(processTree(process.pid));
  const fleet = opened.use(await startFleet('processes', { strategy: 'redis', instances }));
  const started = processTree(process.pid).filter((pid) => !before.has(pid));
  const site = { name: app, origin: fleet.baseUrl, prefix: '/api/v1' } as const;
  return {
    ...{ app, instances, origin: fleet.baseUrl, requests: await reads(site) },
    pids: {
      instance: started.filter((pid) => commandOf(pid).includes('app/src/main.ts')),
      nginx: started.filter((pid) => commandOf(pid).startsWith('nginx: worker')),
      redis: started.filter((pid) => commandOf(pid).includes('redis-server')),
      reader: [process.pid],
    },
  };
}

async function startControl(
  testBed: TestBed,
  opened: AsyncDisposableStack,
  app: Exclude<SharingApp, 'npm start'>,
  instances: number,
): Promise<Running> {
  const name = `${app}-${instances}-control`;
  const names = Array.from({ length: instances }, (_, index) => `${name}-${index + 1}`);
  const starts = names.map((one) =>
    app === 'plain' ? testBed.startPlain(one) : testBed.startLogging(one, 'hardened'),
  );
  const sites = (await Promise.all(starts)).map((site) => opened.use(site));
  const before = new Set(processTree(process.pid));
  const { child, origin } = await testBed.withNginx((workspace, program, user) =>
    startControlProxy(
      workspace,
      name,
      program,
      user,
      sites.map((site) => site.origin),
    ),
  );
  opened.defer(async () => {
    child.signal('SIGTERM');
    await child.end(10_000);
  });
  const started = processTree(process.pid).filter((pid) => !before.has(pid));
  // One process has their accounts, and all know their sessions, which are in Redis.
  const requests =
    app === 'plain' ? plainRequests : await reads({ name, origin: sites[0]?.origin ?? origin, prefix: '' });
  const redis = processTree(process.pid).filter((pid) =>
    commandOf(pid).includes(`redis-server 127.0.0.1:${testBed.redisPort}`),
  );
  return {
    ...{ app, instances, origin, requests },
    pids: {
      instance: sites.map((site) => site.child.pid),
      nginx: started.filter((pid) => commandOf(pid).startsWith('nginx: worker')),
      redis: app === 'plain' ? [] : redis,
      reader: [],
    },
  };
}

const plainRequests: Running['requests'] = [{ method: 'GET', path: '/', headers: {} }];

async function reads(site: Parameters<typeof loggedInUsers>[0]): Promise<Running['requests']> {
  const [first, ...others] = (await loggedInUsers(site, connectionsToNginx)).map(({ me }) => me);
  if (first === undefined) throw new TypeError('There is no user');
  return [first, ...others];
}

/** As `ps` shows it; empty where the process has ended. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/**
 * Requests per second ÷ the limit, for each slice. The limit is cores ÷ the processor time that instance, nginx and Redis
 * take for a request with one instance, as if nothing else wanted the cores.
 */
export function ofLimit(one: SharingFigures, alone: SharingFigures, cores: number): number[] {
  const us = (part: 'instance' | 'nginx' | 'redis') =>
    alone.cpuUs[part].length === 0 ? 0 : spreadOf(alone.cpuUs[part]).median;
  const limit = (cores * 1e6) / (us('instance') + us('nginx') + us('redis'));
  return one.perSecond.map((perSecond) => perSecond / limit);
}

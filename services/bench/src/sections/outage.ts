// What logged-in users get while Redis is down, how fast, and how soon everything works again. Redis is down in two ways:
// paused, so that connections stay open and nothing answers, and killed. All candidates go through the same outage.

import { setTimeout as sleep } from 'node:timers/promises';
import { HttpClient } from '../../../lab/src/users/http-client.ts';
import type { RequestSpec } from '../load/load-job.ts';
import type { Plan } from '../plan.ts';
import type { StoreStrategy, TestBed } from '../test-bed.ts';
import { type OutageSummary, type Probe, summarizeOutage } from './outage-summary.ts';
import { newUserRequests } from './user-requests.ts';

export const faults = ['paused', 'killed'] as const;
export type Fault = (typeof faults)[number];

export interface OutageFigures {
  readonly strategy: StoreStrategy;
  readonly fault: Fault;
  readonly rounds: readonly OutageSummary[];
}

const strategies = ['connect-redis', 'redis'] as const;
/** Between two requests, whatever has become of those before. */
const everyMs = 20;
const requestDeadlineMs = 8_000;

export async function measureOutages(
  testBed: TestBed,
  plan: Plan,
  say: (line: string) => void,
): Promise<readonly OutageFigures[]> {
  const figures = faults.flatMap((fault) =>
    strategies.map((strategy): OutageFigures & { rounds: OutageSummary[] } => ({
      ...{ strategy, fault },
      rounds: [],
    })),
  );
  for (let round = 1; round <= plan.longRounds; round++) {
    for (const fault of faults) {
      const summaries = await measureOutage(testBed, fault, plan);
      for (const { strategy, rounds } of figures.filter((own) => own.fault === fault)) {
        const summary = summaries.get(strategy);
        if (summary !== undefined) rounds.push(summary);
      }
      const first503Ms = summaries.get('redis')?.first503Ms;
      say(
        `outage, round ${round} of ${plan.longRounds}: Redis ${fault}: redis: ` +
          (typeof first503Ms === 'number' ? `first 503 after ${first503Ms.toFixed(0)} ms` : 'no 503'),
      );
    }
  }
  return figures;
}

/** With new instances, so that nothing is left in them of the last outage. */
async function measureOutage(
  testBed: TestBed,
  fault: Fault,
  plan: Plan,
): Promise<ReadonlyMap<StoreStrategy, OutageSummary>> {
  await using started = new AsyncDisposableStack();
  const over = new AbortController();
  const probes = new Map<StoreStrategy, Probe[]>();
  const sending: Promise<void>[] = [];
  for (const strategy of strategies) {
    const instance = started.use(await testBed.startInstance({ name: strategy, strategy }));
    const { me } = await newUserRequests(instance);
    const client = started.use(new HttpClient(instance.origin, { deadlineMs: requestDeadlineMs }));
    const own: Probe[] = [];
    probes.set(strategy, own);
    sending.push(sendProbes(client, me, own, over.signal));
  }
  await sleep(plan.warmUpMs); // a few answers from before

  const downMs = performance.now();
  if (fault === 'paused') await testBed.redis.pause();
  else await testBed.redis.kill();
  await sleep(plan.outageMs);
  // A killed Redis is back when it answers; a paused one as soon as it goes on.
  if (fault === 'paused') await testBed.redis.resume();
  else await testBed.redis.start();
  const backMs = performance.now();
  await sleep(plan.afterOutageMs);
  over.abort();
  await Promise.all(sending);
  return new Map([...probes].map(([strategy, own]) => [strategy, summarizeOutage(own, { downMs, backMs })]));
}

/** Resolves when the last request has its answer, or has none at its deadline. */
async function sendProbes(
  client: HttpClient,
  { path, headers }: RequestSpec,
  probes: Probe[],
  over: AbortSignal,
): Promise<void> {
  const cookie = headers.cookie ?? '';
  const probe = async () => {
    const sentMs = performance.now();
    const { status } = await client.send({ method: 'GET', path, cookie });
    probes.push({ sentMs, answeredMs: performance.now(), status });
  };
  const open: Promise<void>[] = [];
  while (!over.aborted) {
    open.push(probe());
    await sleep(everyMs);
  }
  await Promise.all(open);
}

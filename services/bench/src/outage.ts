// What logged-in users get while Redis is away, how fast, and how soon all is well again. Both ways in which Redis can be
// away: frozen, so that connections stay and nothing answers, and killed. One outage is met by all candidates at once.

import { setTimeout as sleep } from 'node:timers/promises';
import { HttpClient } from '../../lab/src/users/http-client.ts';
import { newUser } from './load.ts';
import type { RequestSpec } from './load-job.ts';
import { type OutageSeen, type Probe, seenIn } from './outage-seen.ts';
import type { Plan } from './plan.ts';
import type { StoreStrategy, TestBed } from './test-bed.ts';

export const faults = ['paused', 'killed'] as const;
export type Fault = (typeof faults)[number];

export interface OutageFigures {
  readonly strategy: StoreStrategy;
  readonly fault: Fault;
  /** One for each round. */
  readonly seen: readonly OutageSeen[];
}

const strategies = ['connect-redis', 'redis'] as const;
/** Between two requests, whatever has become of those before. */
const everyMs = 20;
/** When a request is given up. */
const patienceMs = 8_000;

export async function measureOutages(
  testBed: TestBed,
  plan: Plan,
  say: (line: string) => void,
): Promise<readonly OutageFigures[]> {
  const figures = faults.flatMap((fault) =>
    strategies.map((strategy): OutageFigures & { seen: OutageSeen[] } => ({ strategy, fault, seen: [] })),
  );
  for (let round = 1; round <= plan.longRounds; round++) {
    for (const fault of faults) {
      const seen = await outage(testBed, fault, plan);
      for (const figure of figures) {
        const own = seen.get(figure.strategy);
        if (figure.fault === fault && own !== undefined) figure.seen.push(own);
      }
      const ours = seen.get('redis');
      say(
        `outage, round ${round} of ${plan.longRounds}: Redis ${fault}: redis: first 503 after ${ours?.firstRefusalMs?.toFixed(0)} ms`,
      );
    }
  }
  return figures;
}

/** New instances for each outage: none starts with what is left of the last one. */
async function outage(
  testBed: TestBed,
  fault: Fault,
  plan: Plan,
): Promise<ReadonlyMap<StoreStrategy, OutageSeen>> {
  await using started = new AsyncDisposableStack();
  const over = new AbortController();
  const probes = new Map<StoreStrategy, Probe[]>();
  const asking: Promise<void>[] = [];
  for (const strategy of strategies) {
    const instance = started.use(await testBed.instance({ name: strategy, strategy }));
    const { me } = await newUser(instance);
    const client = started.use(new HttpClient(instance.origin, { deadlineMs: patienceMs }));
    const seen: Probe[] = [];
    probes.set(strategy, seen);
    asking.push(keepAsking(client, me, seen, over.signal));
  }
  await sleep(plan.warmUpMs); // a few answers from before

  const awayMs = performance.now();
  if (fault === 'paused') await testBed.redis.pause();
  else await testBed.redis.kill();
  await sleep(plan.outageMs);
  // A killed Redis is back when it answers; a frozen one as soon as it may go on.
  if (fault === 'paused') await testBed.redis.resume();
  else await testBed.redis.start();
  const backMs = performance.now();
  await sleep(plan.recoveryMs);
  over.abort();
  await Promise.all(asking);
  return new Map([...probes].map(([strategy, all]) => [strategy, seenIn(all, { awayMs, backMs })]));
}

async function keepAsking(
  client: HttpClient,
  { path, headers }: RequestSpec,
  seen: Probe[],
  over: AbortSignal,
): Promise<void> {
  const cookie = headers.cookie ?? '';
  const once = async () => {
    const sentMs = performance.now();
    const { status } = await client.send({ method: 'GET', path, cookie });
    seen.push({ sentMs, answeredMs: performance.now(), status });
  };
  const open: Promise<void>[] = [];
  while (!over.aborted) {
    open.push(once());
    await sleep(everyMs);
  }
  await Promise.all(open);
}

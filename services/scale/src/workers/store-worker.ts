// Uses the session store as an instance of the app does, without HTTP: a program of its own. Takes a job as JSON in its one
// argument, and answers in lines of JSON (store-job.ts).

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Request } from 'express';
import type { MergingRedisStore } from 'merging-redis-store';
import { openAppStore } from '../sessions/app-store.ts';
import { contentOf, madeSession } from '../sessions/made-session.ts';
import { Latencies } from './latencies.ts';
import { countsForRate, keepPace } from './pace.ts';
import {
  type FillJob,
  type FillReport,
  type LoadJob,
  type LoadReport,
  type Operation,
  storeJob,
} from './store-job.ts';

/** Of a call. The app's 250 ms are for users; here every core is busy, and a call that waits is to be measured. */
const deadlineMs = 10_000;

const job = storeJob.parse(JSON.parse(process.argv[2] ?? 'null'));
say(await (job.kind === 'fill' ? fill(job) : load(job)));

function say(line: unknown): void {
  console.log(JSON.stringify(line));
}

async function fill({ redis, seed, cartLines, from, to, underWay }: FillJob): Promise<FillReport> {
  await using opened = await openAppStore(redis, { deadlineMs });
  let next = from;
  let stored = 0;
  const one = async () => {
    while (next < to) {
      const session = madeSession(seed, next++);
      await opened.store.set(session.id, contentOf(session, { cartLines }));
      stored++;
    }
  };
  const progress = setInterval(() => say({ stored }), 1_000);
  try {
    await Promise.all(Array.from({ length: underWay }, one));
  } finally {
    clearInterval(progress);
  }
  const { user, system } = process.cpuUsage();
  return { filled: stored, cpuMs: (user + system) / 1000 };
}

async function load(job: LoadJob): Promise<LoadReport> {
  // Each renewal really is one: in the app only those after a tenth of the idle timeout are.
  const touchAfter = job.operation === 'renewal' ? 0 : 0.1;
  await using opened = await openAppStore(job.redis, { deadlineMs, touchAfter });
  const operate = operationOn(opened.store, job);
  const over = new AbortController();
  let measured: Latencies | undefined;
  let done = 0;
  const send = async (dueMs: number) => {
    const latencies = measured;
    try {
      await operate();
      if (countsForRate(job.pace, latencies !== undefined)) done++;
      latencies?.ok(performance.now() - dueMs);
    } catch (error) {
      latencies?.failed(error instanceof Error ? error.name : String(error));
    }
  };
  const running = keepPace(job.pace, over.signal, send, () =>
    measured?.failed('not sent: too many under way'),
  );
  await sleep(job.warmUpMs);

  say({ measuring: true });
  const latencies = new Latencies();
  [measured, done] = [latencies, 0];
  const [beganMs, cpuBefore] = [performance.now(), process.cpuUsage()];
  await sleep(job.measureMs);
  const seconds = (performance.now() - beganMs) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  const perSecond = done / seconds;
  over.abort();
  await running;
  return { samples: latencies.report(), perSecond, cores: (cpu.user + cpu.system) / 1e6 / seconds };
}

/** What a request of that kind does. */
function operationOn(store: MergingRedisStore, job: LoadJob): () => Promise<void> {
  const { seed, cartLines, sessions, share } = job;
  const own = Math.max(1, Math.floor((sessions - share.worker) / share.of));
  const any = () => madeSession(seed, share.worker + share.of * Math.floor(Math.random() * own));
  let turn = 0;
  /** In turn, so that none is used twice at once. */
  const next = () => madeSession(seed, share.worker + share.of * (turn++ % own));
  const operations: Record<Operation, () => Promise<void>> = {
    read: async () => {
      await loaded(store, any().id);
    },
    renewal: async () => {
      const { id } = next();
      await store.touch(id, await loaded(store, id));
    },
    write: async () => {
      const { id } = next();
      const session = await loaded(store, id);
      await store.set(id, Object.assign(session, { 'cart:article-1': 1 + (turn % 99) }));
    },
    // A further session of somebody who has one.
    login: async () => {
      const { id, userId } = any();
      const session = { id: id.replace(/^[^.]+/, randomBytes(24).toString('base64url')), userId };
      await store.set(session.id, contentOf(session, { cartLines }));
    },
  };
  return operations[job.operation];
}

/** As express-session loads it for a request. */
async function loaded(store: MergingRedisStore, id: string) {
  const data = await store.get(id);
  if (!data) throw new Error(`session ${id} is not there`);
  return store.createSession({ sessionID: id } as Request, data);
}

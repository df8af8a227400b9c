// The stores that the conformance suite is run against: this one, the stock one and express-session's own.

import { MemoryStore } from 'express-session';
import type { Backend, OpenBackend, Outcome } from 'session-store-conformance';
import { conformance, markdownTable, runChecks } from 'session-store-conformance';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { openConnectRedisStore, openMergingStore } from '../support/session-stores.ts';

type OpenOnRedis = (url: string) => Promise<AsyncDisposable & { store: Backend['stores'][0] }>;

/** The names that the README gives them. */
export const storeNames = ['merging-redis-store', 'connect-redis', 'MemoryStore'] as const;
export type StoreName = (typeof storeNames)[number];

export type Outcomes = ReadonlyMap<StoreName, readonly Outcome[]>;

/** All checks on all three at once: a check mostly waits, and those of one store run one after the other. */
export async function runConformance(): Promise<Outcomes> {
  return new Map(await Promise.all(storeNames.map(async (name) => [name, await runChecksOn(name)] as const)));
}

/** The table of the README: what not all of them keep. */
export function readmeTable(outcomes: Outcomes): string {
  const names = outcomes.get('merging-redis-store')?.map(({ name }) => name) ?? [];
  const keptByAll = names.filter((name) =>
    [...outcomes.values()].every((results) =>
      results.some((outcome) => outcome.name === name && outcome.result === 'kept'),
    ),
  );
  const rows = Array.from(outcomes, ([store, results]) => [
    store,
    results.filter(({ name }) => !keptByAll.includes(name)),
  ]);
  return `${markdownTable(Object.fromEntries(rows))}\nAll three keep the other ${keptByAll.length} checks.\n`;
}

/** Those on Redis have a server of their own. */
async function runChecksOn(name: StoreName): Promise<readonly Outcome[]> {
  if (name === 'MemoryStore') {
    return runChecks(
      conformance(() => {
        const store = new MemoryStore();
        return { stores: [store, store], close: () => undefined };
      }),
    );
  }
  await using redis = await startRedis();
  const open: OpenOnRedis = name === 'connect-redis' ? openConnectRedisStore : openMergingStore;
  return await runChecks(conformance(onRedis(redis, open)));
}

function onRedis(redis: RedisServer, open: OpenOnRedis): OpenBackend {
  return async () => {
    await using opened = new AsyncDisposableStack();
    const a = opened.use(await open(redis.url)).store;
    const b = opened.use(await open(redis.url)).store;
    const toClose = opened.move();
    return {
      stores: [a, b],
      interrupt: redis.pause,
      resume: redis.resume,
      close: () => toClose.disposeAsync(),
    };
  };
}

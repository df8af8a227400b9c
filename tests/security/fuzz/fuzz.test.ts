// Made-up requests to every route, through the proxy, while others use the site.
//
// FUZZ_SEED=… repeats a run, FUZZ_REQUESTS=… sets its length; FULL=true makes it 20,000 requests long.

import { expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { startBystanders } from '../../support/bystanders.ts';
import { startSite } from '../site.ts';
import { madeUpRequests } from './made-up-requests.ts';
import { type Outcome, sendMadeUp } from './send-made-up.ts';

jest.setTimeout(600_000);

const seed = Number(process.env.FUZZ_SEED || Date.now() % 2 ** 31);
const requests = Number(process.env.FUZZ_REQUESTS || (process.env.FULL === 'true' ? 20_000 : 5000));
/** How many are under way at any time. */
const atOnce = 24;
/** Generated together: the seed of each part is that of the run and its number. */
const part = 500;

test('made-up requests get no 5xx, hang nowhere, put no instance out of use and harm nobody', async () => {
  process.stderr.write(`\nfuzzing with FUZZ_SEED=${seed}, ${requests} requests\n`);
  await using site = await startSite();
  const users = await Promise.all(Array.from({ length: 20 }, () => site.user()));
  const known = {
    host: new URL(site.baseUrl).host,
    cookies: await Promise.all(users.map(({ browser }) => browser.cookie())),
    credentials: users.map(({ credentials }) => credentials),
  };
  await using bystanders = await startBystanders(site.baseUrl, site.instances, {
    readers: 10,
    logins: 1,
    pauseMs: 100,
  });

  const problems: string[] = [];
  const statuses = new Map<number, number>();
  const send = async (from: number, to: number) => {
    for (let sent = from; sent < to; sent += part) {
      const made = fc.sample(madeUpRequests(known), {
        numRuns: Math.min(part, to - sent),
        seed: seed + sent,
      });
      const waiting = made.values();
      await Promise.all(
        Array.from({ length: atOnce }, async () => {
          for (const request of waiting) {
            const { status, problem }: Outcome = await sendMadeUp(site.baseUrl, request);
            statuses.set(status, (statuses.get(status) ?? 0) + 1);
            if (problem !== undefined)
              problems.push(`${problem}\n${JSON.stringify(request.text.slice(0, 500))}`);
          }
        }),
      );
    }
  };
  const heapMiB = async () =>
    (await Promise.all(site.instances.map((name) => site.fleet.memoryOf(name)))).map(
      ({ heapUsedBytes }) => heapUsedBytes / 2 ** 20,
    );

  const warmUp = Math.min(2000, requests / 2);
  let heapBefore: number[] = [];
  const began = performance.now();
  const seen = await bystanders.during(async () => {
    await send(0, warmUp);
    heapBefore = await heapMiB();
    await send(warmUp, requests);
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  const heapAfter = await heapMiB();
  const counts = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
  process.stderr.write(
    `${seconds} s; answers ${counts.join(', ')}; bystanders ${seen.reads} reads, ${seen.logins} logins, ` +
      `${seen.failures.length} failures, p99 ${seen.readP99Ms.toFixed(0)} ms, longest absence ${seen.longestAbsence}; ` +
      `heaps ${heapBefore.map((mib) => mib.toFixed(1))} → ${heapAfter.map((mib) => mib.toFixed(1))} MiB\n`,
  );

  expect([problems.length, problems.slice(0, 10)]).toEqual([0, []]);
  expect(seen.failures).toEqual([]);
  // The proxy sends nothing to an instance that it takes for failed, for ten seconds: several hundred answers. An instance
  // that only waits for a busy processor is away for fewer.
  expect(seen.longestAbsence).toBeLessThan(200);
  // What the app really answers, and not only the proxy: otherwise the requests would be too wild to tell anything.
  expect(statuses.get(200) ?? 0).toBeGreaterThan(requests / 20);
  for (const [n, after] of heapAfter.entries()) expect(after - (heapBefore[n] ?? 0)).toBeLessThan(16);
});

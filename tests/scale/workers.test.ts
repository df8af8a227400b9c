// How workers keep their pace, and what becomes of their latencies.

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { kept, Latencies, summarize } from '../../services/scale/src/workers/latencies.ts';
import { keepPace } from '../../services/scale/src/workers/pace.ts';

describe('an open loop', () => {
  test('goes on sending while nothing is answered, and counts the wait from when each was due', async () => {
    const over = new AbortController();
    const waits: number[] = [];
    let stalled = true;
    const send = async (dueMs: number) => {
      while (stalled) await sleep(5);
      waits.push(performance.now() - dueMs);
    };
    const running = keepPace({ kind: 'open', perSecond: 200 }, over.signal, send, () => {});
    await sleep(500);
    stalled = false;
    over.abort();
    await running;
    // A loop that waits for its answers would have sent one.
    expect(waits.length).toBeGreaterThan(20);
    expect(Math.max(...waits)).toBeGreaterThan(300);
  });

  test('stops sending when too many are under way, and says so', async () => {
    const over = new AbortController();
    const answered = Promise.withResolvers<void>();
    let [sent, skipped] = [0, 0];
    const send = async () => {
      sent++;
      await answered.promise;
    };
    const running = keepPace({ kind: 'open', perSecond: 1_000_000 }, over.signal, send, () => skipped++);
    while (skipped === 0) await sleep(1);
    over.abort();
    answered.resolve();
    await running;
    expect(sent).toBe(5_000);
  });
});

test('a closed loop has so many under way, and never more', async () => {
  const over = new AbortController();
  let [underWay, most, done] = [0, 0, 0];
  const send = async () => {
    most = Math.max(most, ++underWay);
    await sleep(1);
    underWay--;
    if (++done === 50) over.abort();
  };
  await keepPace({ kind: 'closed', underWay: 4 }, over.signal, send, () => {});
  expect({ most, underWay }).toEqual({ most: 4, underWay: 0 });
});

describe('latencies', () => {
  test('are those of all workers together', () => {
    const [quick, slow] = [new Latencies(), new Latencies()];
    for (let n = 0; n < 98; n++) quick.ok(1);
    slow.ok(1);
    slow.ok(1_001);
    slow.failed('status 503');
    expect(summarize([quick.report(), slow.report()])).toEqual({
      ...{ ok: 100, failed: 1, failures: { 'status 503': 1 }, p50Ms: 1 },
      p99Ms: expect.closeTo(11, 5), // between the 99th and the 100th of a hundred
    });
  });

  test('of nothing are none', () => {
    expect(summarize([new Latencies().report()])).toMatchObject({ ok: 0, p50Ms: null, p99Ms: null });
  });

  test('beyond what is kept are an even sample', () => {
    const latencies = new Latencies();
    const total = 5 * kept;
    for (let n = 0; n < total; n++) latencies.ok(n);
    const { okMs, outcomes } = latencies.report();
    expect([okMs.length, outcomes.ok]).toEqual([kept, total]);
    // The mean of an even sample of 20,000 is within 2 % of the middle in all but one of a trillion runs.
    const mean = okMs.reduce((sum, ms) => sum + ms, 0) / kept;
    expect(Math.abs(mean / (total / 2) - 1)).toBeLessThan(0.02);
  });
});

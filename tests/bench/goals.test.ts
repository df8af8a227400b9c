import { expect, test } from '@jest/globals';
import type { BenchFigures } from '../../services/bench/src/figures.ts';
import { judge } from '../../services/bench/src/goals.ts';
import { summarizeOutage } from '../../services/bench/src/sections/outage-summary.ts';

const read = (
  sessions: 'bare' | 'hardened' | 'connect-redis' | 'redis',
  redis: 'loopback' | '2 ms',
  values: readonly number[],
) => ({
  ...{ sessions, redis, perSecond: values, p50Ms: values, p99Ms: values },
  ...{ p99MsAtFullLoad: 1, cpuUs: values, generatorCpu: 0.5 },
});
const reads = (loopback: readonly number[], far: readonly number[]): BenchFigures => ({
  read: [
    read('connect-redis', 'loopback', [100, 100, 100]),
    read('redis', 'loopback', loopback),
    read('connect-redis', '2 ms', [10, 10, 10]),
    read('redis', '2 ms', far),
  ],
});

test('a ratio is met by its median, whatever a single round was', () => {
  expect(judge(reads([90, 125, 130], [5, 6, 9]))).toMatchObject([
    { name: 'read throughput', measured: 1.25, met: true, spread: { min: 0.9, max: 1.3 } },
    { name: 'read latency, 2 ms', measured: 0.6, met: true },
  ]);
  expect(judge(reads([119, 119, 200], [6.1, 6.1, 1]))).toMatchObject([{ met: false }, { met: false }]);
});

test("the app is held against the tutorials' apps, by processor time and by requests per second", () => {
  const figures: BenchFigures = {
    read: [
      { ...read('bare', 'loopback', [100, 100, 100]), cpuUs: [70, 70, 70] },
      { ...read('hardened', 'loopback', [60, 60, 60]), cpuUs: [120, 120, 240] },
      { ...read('redis', 'loopback', [79, 79, 90]), cpuUs: [90, 84, 190] },
    ],
    requestCosts: [
      {
        candidate: 'hardened',
        hashUs: [1_300, 1_300],
        cpuUs: { write: [200, 200], login: [900, 900], logout: [100, 100] },
      },
      {
        candidate: 'redis',
        hashUs: [1_300, 1_300],
        cpuUs: { write: [190, 200], login: [1_000, 1_800], logout: [101, 103] },
      },
    ],
  };
  const judged = judge(figures).map(({ name, measured, met }) => [name, Number(measured.toFixed(3)), met]);
  expect(judged).toEqual([
    ['read, processor time, hardened', 0.75, true],
    ['read throughput, hardened', 1.317, true],
    ['read, processor time, bare', 1.286, false],
    ['read throughput, bare', 0.79, false],
    ['write, processor time', 0.975, true],
    ['login, processor time', 1.556, false],
    ['logout, processor time', 1.02, false],
  ]);
});

test('where the system does not tell the processor time, the goals about it are not judged', () => {
  const unknown = { ...read('hardened', 'loopback', [60]), cpuUs: [] };
  const own = { ...read('redis', 'loopback', [90]), cpuUs: [] };
  expect(judge({ read: [unknown, own] }).map(({ name }) => name)).toEqual(['read throughput, hardened']);
});

test('an outage is judged by its worst round, and what never happened counts as an infinite time', () => {
  const round = (first503Ms: number | null) => ({
    ...{ first503Ms, slowestMs: 400, statuses: {}, recoveryMs: 100 },
  });
  const outage = (last: number | null): BenchFigures => ({
    outages: [{ strategy: 'redis', fault: 'paused', rounds: [round(300), round(300), round(last)] }],
  });
  expect(judge(outage(900))[0]).toMatchObject({ name: 'first 503, Redis paused', measured: 0.9, met: true });
  expect(judge(outage(1_100))[0]).toMatchObject({ measured: 1.1, met: false });
  expect(judge(outage(null))[0]).toMatchObject({ measured: Number.POSITIVE_INFINITY, met: false });
});

test('what was not measured is not judged', () => {
  expect(judge({})).toEqual([]);
});

test('an outage is summarized from the requests before, during and after it', () => {
  const probe = (sentMs: number, ms: number, status: number) => ({ sentMs, answeredMs: sentMs + ms, status });
  const probes = [
    ...[probe(900, 5, 200), probe(990, 250, 503)], // before, the second still under way
    ...[probe(1_000, 270, 503), probe(1_500, 1, 503), probe(1_900, 3_000, 0)], // during
    ...[probe(2_000, 5, 200), probe(2_020, 5, 503), probe(2_040, 8, 200), probe(2_060, 3, 200)], // after
  ];
  expect(summarizeOutage(probes, { downMs: 1_000, backMs: 2_000 })).toEqual({
    first503Ms: 240,
    slowestMs: 3_000,
    statuses: { 503: 2, none: 1 },
    recoveryMs: 48,
  });
  expect(
    summarizeOutage([probe(1_500, 1, 503), probe(2_000, 1, 503)], { downMs: 1_000, backMs: 1_900 }),
  ).toMatchObject({
    recoveryMs: null,
  });
});

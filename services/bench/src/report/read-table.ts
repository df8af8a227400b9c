import type { BenchFigures } from '../figures.ts';
import type { Plan } from '../plan.ts';
import { connections, lowLoadPerSecond } from '../sections/authenticated-read.ts';
import { ratiosWithinRounds, spreadOf } from '../statistics.ts';
import { median, medianAndQuartiles, type ReportTable } from './report-table.ts';

export function readTable(
  { read = [], generatorMaxPerSecond = 0, addedRoundTripMs }: BenchFigures,
  plan: Plan,
): ReportTable {
  const stock = (redis: string) =>
    read.find((one) => one.sessions === 'connect-redis' && one.redis === redis);
  const hardened = read.find((one) => one.sessions === 'hardened');
  const generatorCpu = Math.max(0, ...read.map((one) => one.generatorCpu));
  return {
    title: 'An authenticated read (GET /api/v1/me)',
    head: [
      'sessions',
      'Redis',
      'requests/s',
      '÷ `connect-redis`',
      'CPU µs',
      'CPU ÷ `hardened`',
      'p50 ms',
      'p99 ms',
      'p99 ms at full load',
    ],
    rows: read.map((one) => {
      const reference = stock(one.redis) ?? stock('loopback');
      return [
        one.sessions === 'none' ? 'none (GET /livez)' : `\`${one.sessions}\``,
        one.redis,
        median(one.perSecond, 0),
        reference === undefined
          ? ''
          : medianAndQuartiles(spreadOf(ratiosWithinRounds(one.perSecond, reference.perSecond))),
        one.cpuUs.length > 0 ? median(one.cpuUs, 0) : '?',
        hardened === undefined || one.cpuUs.length === 0
          ? ''
          : medianAndQuartiles(spreadOf(ratiosWithinRounds(one.cpuUs, hardened.cpuUs))),
        median(one.p50Ms, 2),
        median(one.p99Ms, 2),
        one.p99MsAtFullLoad.toFixed(1),
      ];
    }),
    note:
      `Requests/s at full load: ${connections} connections that never pause, on one candidate after the other, in ` +
      `${plan.slices} slices of ${plan.sliceMs} ms each. Given are the medians, and of the ratio within a slice the ` +
      "quartiles, too. CPU µs is the instance's processor time for one request, which does not depend on what else wants " +
      'the processor at that moment, as requests/s do. `bare` and `hardened` are the apps of the tutorials ' +
      '([services/bench/tutorial](../../services/bench/tutorial)). Everybody writes a line of the log for each request but ' +
      '`bare`, which has none. p50 and p99 are at ' +
      `${lowLoadPerSecond} requests per second, medians of the rounds. Absolute figures only give an idea. The load ` +
      `generator used at most ${generatorCpu.toFixed(2)} of a core, and can make at most ` +
      `${generatorMaxPerSecond.toFixed(0)} requests/s. "2 ms" was in fact ` +
      `${addedRoundTripMs?.measured.toFixed(2) ?? '?'} ms added to each round trip.`,
  };
}

import type { BenchFigures } from '../figures.ts';
import type { OutageSummary } from '../sections/outage-summary.ts';
import { spreadOf } from '../statistics.ts';
import type { ReportTable } from './report-table.ts';

export function outageTable({ outages = [] }: BenchFigures, outageMs: number): ReportTable {
  return {
    title: 'While Redis is down',
    head: [
      'Redis',
      'sessions',
      'first 503, ms',
      'slowest answer, ms',
      'answers',
      'all answers 200 again, ms after its return',
    ],
    rows: outages.map(({ strategy, fault, rounds }) => [
      fault,
      `\`${strategy}\``,
      medianAndWorst(rounds.map(({ first503Ms }) => first503Ms)),
      medianAndWorst(rounds.map(({ slowestMs }) => slowestMs)),
      statuses(rounds),
      medianAndWorst(rounds.map(({ recoveryMs }) => recoveryMs)),
    ]),
    note:
      `A request each 20 ms. Redis is down for ${outageMs / 1000} s, and when it was killed, until it has started again. ` +
      '"answers": what the requests that were sent in that time got in the end, over all rounds.',
  };
}

function medianAndWorst(times: readonly (number | null)[]): string {
  const { median, max } = spreadOf(times.map((ms) => ms ?? Number.POSITIVE_INFINITY));
  return max === Number.POSITIVE_INFINITY ? 'never' : `${median.toFixed(0)} (worst ${max.toFixed(0)})`;
}

function statuses(rounds: readonly OutageSummary[]): string {
  const sum: Record<string, number> = {};
  for (const { statuses } of rounds) {
    for (const [status, times] of Object.entries(statuses)) sum[status] = (sum[status] ?? 0) + times;
  }
  return Object.entries(sum)
    .map(([status, times]) => `${times} × ${status}`)
    .join(', ');
}

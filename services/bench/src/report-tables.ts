// What the tables of the report say.

import { connections } from './authenticated-read.ts';
import { kinds } from './commands.ts';
import type { JudgedGoal } from './goals.ts';
import type { OutageSeen } from './outage-seen.ts';
import type { Plan } from './plan.ts';
import type { BenchResult } from './report.ts';
import type { BenchFigures } from './run-bench.ts';
import { ratiosWithinRounds, spreadOf } from './statistics.ts';

/** One table. Backticks mark names. */
export interface ReportTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly note?: string;
}

/** Goals first, then what they were made of; only what was measured. */
export function tables({ goals, figures, plan }: BenchResult): readonly ReportTable[] {
  const all = [
    goalTable(goals),
    readTable(figures, plan),
    commandTable(figures),
    stormTable(figures),
    loginTable(figures),
    outageTable(figures, plan.outageMs),
  ];
  return all.filter((table) => table.rows.length > 0);
}

function goalTable(goals: readonly JudgedGoal[]): ReportTable {
  return {
    title: 'Goals',
    head: ['figure', 'target', 'measured', 'quartiles', 'min to max', 'goal'],
    rows: goals.map(({ what, bound, target, unit, measured, spread, judgedBy, met }) => [
      what,
      `${bound} ${target} ${unit}`,
      `${round(measured)} ${unit}${judgedBy === 'worst' ? ' (worst)' : ''}`,
      `${round(spread.q1)} to ${round(spread.q3)}`,
      `${round(spread.min)} to ${round(spread.max)}`,
      met ? 'met' : 'MISSED',
    ]),
    note: 'Ratios are formed within each round, or slice; measured is their median, or of an outage the worst round.',
  };
}

function readTable(
  { read = [], generatorCeilingPerSecond = 0, addedRoundTripMs }: BenchFigures,
  plan: Plan,
): ReportTable {
  const stock = (redis: string) =>
    read.find((one) => one.sessions === 'connect-redis' && one.redis === redis);
  const near = stock('loopback');
  const busiest = Math.max(0, ...read.map(({ generatorCpu }) => generatorCpu));
  return {
    title: 'An authenticated read (GET /api/v1/me)',
    head: [
      'sessions',
      'Redis',
      'requests/s',
      '÷ `connect-redis`',
      'CPU µs',
      'p50 ms',
      'p99 ms',
      'p99 ms at full load',
    ],
    rows: read.map((one) => {
      const reference = stock(one.redis) ?? near;
      const ratio = reference && spreadOf(ratiosWithinRounds(one.perSecond, reference.perSecond));
      return [
        one.sessions === 'none' ? 'none (GET /livez)' : `\`${one.sessions}\``,
        one.redis,
        middle(one.perSecond, 0),
        ratio === undefined ? '' : `${round(ratio.median)} (${round(ratio.q1)} to ${round(ratio.q3)})`,
        one.cpuUsPerRequest?.toFixed(0) ?? '?',
        middle(one.p50Ms, 2),
        middle(one.p99Ms, 2),
        one.p99MsAtFullLoad.toFixed(1),
      ];
    }),
    note:
      `Requests/s with ${connections} connections that never pause, the candidates in ${plan.slices} slices of ${plan.sliceMs} ms each: medians, and of the ratio within a slice the quartiles. CPU µs is ` +
      `what one request takes of the instance's processor time. p50 and p99 at 300 requests per second, medians of the rounds. Absolute figures only give an idea. The load generator used at most ${busiest.toFixed(2)} of a core, and could make ` +
      `${generatorCeilingPerSecond.toFixed(0)} requests/s of answers that cost nothing. "2 ms" was in truth ` +
      `${addedRoundTripMs?.measured.toFixed(2) ?? '?'} ms added to each round trip.`,
  };
}

function commandTable({ commands = [] }: BenchFigures): ReportTable {
  const strategies = [...new Set(commands.map(({ strategy }) => strategy))];
  return {
    title: 'What Redis does for one request',
    head: ['request', ...strategies.map((strategy) => `\`${strategy}\``)],
    rows: kinds.flatMap((kind) => {
      const own = strategies.flatMap((strategy) =>
        commands.filter((one) => one.kind === kind && one.strategy === strategy),
      );
      if (own.length === 0) return [];
      const cells = own.map(({ commands, roundTrips }) => {
        const list = Object.entries(commands)
          .toSorted()
          .map(([name, times]) => `${times} ${name.toUpperCase()}`);
        return `${list.join(', ') || 'nothing'}; ${roundTrips} round trip${roundTrips === 1 ? '' : 's'}`;
      });
      return [[kind, ...cells]];
    }),
    note: 'Counted by Redis (INFO commandstats), which counts a script (EVALSHA) and what it calls. Round trips are counted on the way.',
  };
}

function stormTable({ storms = [] }: BenchFigures): ReportTable {
  return {
    title: "A logged-in user's GET while four others log in over and over (bcrypt, 12 rounds)",
    head: [
      'sessions',
      'hash threads',
      'p50 ms quiet → storm',
      'p99 ms quiet → storm',
      'p99 storm ÷ quiet',
      'logins/s',
      'refused',
    ],
    rows: storms.map((one) => {
      const ratio = spreadOf(ratiosWithinRounds(one.stormP99Ms, one.quietP99Ms));
      return [
        `\`${one.strategy}\``,
        one.hashThreads === 0 ? '0 (event loop)' : String(one.hashThreads),
        `${middle(one.quietP50Ms, 1)} → ${middle(one.stormP50Ms, 1)}`,
        `${middle(one.quietP99Ms, 1)} → ${middle(one.stormP99Ms, 1)}`,
        `${round(ratio.median)} (${round(ratio.min)} to ${round(ratio.max)})`,
        middle(one.loginsPerSecond, 1),
        String(one.loginsRefused.reduce((sum, refused) => sum + refused, 0)),
      ];
    }),
  };
}

function loginTable({ logins }: BenchFigures): ReportTable {
  const title = 'Logins per second, hashing on all cores';
  const head = [
    'logins/s',
    'limit: cores ÷ time of one hash',
    'time of one hash',
    'bare threads, one a core',
    'logins ÷ bare threads',
  ];
  if (logins === undefined) return { title, head, rows: [] };
  const { cores, loginsPerSecond, oneHashMs, bareHashesPerSecond } = logins;
  const limit = oneHashMs.map((ms) => (cores * 1000) / ms);
  const ratio = spreadOf(ratiosWithinRounds(loginsPerSecond, bareHashesPerSecond));
  return {
    title,
    head,
    rows: [
      [
        middle(loginsPerSecond, 2),
        `${middle(limit, 2)}/s`,
        `${middle(oneHashMs, 0)} ms`,
        `${middle(bareHashesPerSecond, 2)}/s`,
        `${round(ratio.median)} (${round(ratio.min)} to ${round(ratio.max)})`,
      ],
    ],
    note:
      'The limit takes a hash that has the machine for itself and all cores as free: Redis, Postgres, the load generator ' +
      'and the rest of a login have to live on the same ones. Bare threads hash on all cores and do nothing else.',
  };
}

function outageTable({ outages = [] }: BenchFigures, outageMs: number): ReportTable {
  const of = (seen: readonly OutageSeen[], pick: (one: OutageSeen) => number | null) => {
    const spread = spreadOf(seen.map((one) => pick(one) ?? Number.POSITIVE_INFINITY));
    return spread.max === Number.POSITIVE_INFINITY
      ? 'never'
      : `${spread.median.toFixed(0)} (worst ${spread.max.toFixed(0)})`;
  };
  return {
    title: 'While Redis is away',
    head: [
      'Redis',
      'sessions',
      'first 503, ms',
      'slowest answer, ms',
      'answers',
      'well again, ms after its return',
    ],
    rows: outages.map(({ strategy, fault, seen }) => [
      fault,
      `\`${strategy}\``,
      of(seen, ({ firstRefusalMs }) => firstRefusalMs),
      of(seen, ({ slowestMs }) => slowestMs),
      statuses(seen),
      of(seen, ({ wellAgainMs }) => wellAgainMs),
    ]),
    note:
      `A request each 20 ms; Redis is away for ${outageMs / 1000} s, or until it has started again. "answers": what those ` +
      'got in the end that were sent while Redis was away, over all rounds.',
  };
}

function statuses(seen: readonly OutageSeen[]): string {
  const sum: Record<string, number> = {};
  for (const { statuses } of seen) {
    for (const [status, times] of Object.entries(statuses)) sum[status] = (sum[status] ?? 0) + times;
  }
  return Object.entries(sum)
    .map(([status, times]) => `${times} × ${status}`)
    .join(', ');
}

function middle(values: readonly number[], digits: number): string {
  return spreadOf(values).median.toFixed(digits);
}

/** Two digits where they say something. */
function round(value: number): string {
  if (!Number.isFinite(value)) return 'never';
  return value.toFixed(Math.abs(value) < 10 ? 2 : 0);
}

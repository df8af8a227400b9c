// What the store and the hashing are meant to reach, as ratios or seconds, and whether they did.

import type { ReadFigures } from './authenticated-read.ts';
import type { StormFigures } from './login-storm.ts';
import type { LoginFigures } from './logins.ts';
import { type Fault, faults, type OutageFigures } from './outage.ts';
import type { OutageSeen } from './outage-seen.ts';
import type { Section } from './plan.ts';
import { ratiosWithinRounds, type Spread, spreadOf } from './statistics.ts';

/** What was measured, section by section; a section that was not run is absent. */
export interface Figures {
  readonly read?: readonly ReadFigures[];
  readonly storms?: readonly StormFigures[];
  readonly logins?: LoginFigures;
  readonly outages?: readonly OutageFigures[];
}

export interface Goal {
  readonly name: string;
  /** What the figure is. */
  readonly what: string;
  readonly section: Section;
  readonly bound: 'at least' | 'at most';
  readonly target: number;
  readonly unit: '×' | 's';
  /** The median of a ratio is judged; of an outage the worst, since users meet each. */
  readonly judgedBy: 'median' | 'worst';
  /** One for each round; undefined when it was not measured. */
  readonly values: (figures: Figures) => readonly number[] | undefined;
}

export interface JudgedGoal extends Pick<Goal, 'name' | 'what' | 'bound' | 'target' | 'unit' | 'judgedBy'> {
  readonly spread: Spread;
  /** The value that decides. */
  readonly measured: number;
  readonly met: boolean;
}

export const goals: readonly Goal[] = [
  {
    name: 'read throughput',
    what: 'requests per second of an authenticated read, `redis` ÷ `connect-redis`, Redis on loopback',
    section: 'read',
    ...{ bound: 'at least', target: 1.2, unit: '×', judgedBy: 'median' },
    values: (figures) => readRatio(figures, 'loopback', ({ perSecond }) => perSecond),
  },
  {
    name: 'read latency, 2 ms',
    what: 'median latency of an authenticated read, `redis` ÷ `connect-redis`, Redis 2 ms away',
    section: 'read',
    ...{ bound: 'at most', target: 0.6, unit: '×', judgedBy: 'median' },
    values: (figures) => readRatio(figures, '2 ms', ({ p50Ms }) => p50Ms),
  },
  {
    name: 'login storm',
    what: "p99 of a logged-in user's GET, in a login storm ÷ in quiet, `redis` with one hash thread",
    section: 'login-storm',
    ...{ bound: 'at most', target: 3, unit: '×', judgedBy: 'median' },
    values: ({ storms }) => {
      const ours = storms?.find(({ strategy, hashThreads }) => strategy === 'redis' && hashThreads === 1);
      return ours && ratiosWithinRounds(ours.stormP99Ms, ours.quietP99Ms);
    },
  },
  {
    name: 'logins',
    what: 'logins per second ÷ (cores ÷ time of one hash), `redis` with as many hash threads as cores',
    section: 'logins',
    ...{ bound: 'at least', target: 0.9, unit: '×', judgedBy: 'median' },
    values: ({ logins }) =>
      logins &&
      ratiosWithinRounds(
        logins.loginsPerSecond,
        logins.oneHashMs.map((ms) => (logins.cores * 1000) / ms),
      ),
  },
  ...faults.flatMap((fault): Goal[] => [
    withinASecond(fault, 'first 503', `from Redis ${fault} to the first 503`, (seen) => seen.firstRefusalMs),
    withinASecond(
      fault,
      'slowest answer',
      `the longest wait while Redis is ${fault}`,
      (seen) => seen.slowestMs,
    ),
    withinASecond(
      fault,
      'well again',
      `from the return of the ${fault} Redis until all is well`,
      (seen) => seen.wellAgainMs,
    ),
  ]),
];

/** Of all goals those that something was measured for. */
export function judge(figures: Figures): readonly JudgedGoal[] {
  return goals.flatMap((goal) => {
    const values = goal.values(figures);
    if (values === undefined || values.length === 0) return [];
    const { name, what, bound, target, unit, judgedBy } = goal;
    const spread = spreadOf(values);
    const worst = bound === 'at least' ? spread.min : spread.max;
    const measured = judgedBy === 'median' ? spread.median : worst;
    const met = bound === 'at least' ? measured >= target : measured <= target;
    return [{ name, what, bound, target, unit, judgedBy, spread, measured, met }];
  });
}

function readRatio(
  { read }: Figures,
  way: '2 ms' | 'loopback',
  pick: (figures: ReadFigures) => readonly number[],
): readonly number[] | undefined {
  const of = (sessions: ReadFigures['sessions']) =>
    read?.find((figures) => figures.sessions === sessions && figures.redis === way);
  const [ours, stock] = [of('redis'), of('connect-redis')];
  return ours && stock && ratiosWithinRounds(pick(ours), pick(stock));
}

function withinASecond(
  fault: Fault,
  name: string,
  what: string,
  pick: (seen: OutageSeen) => number | null,
): Goal {
  return {
    name: `${name}, Redis ${fault}`,
    what,
    section: 'outage',
    ...{ bound: 'at most', target: 1, unit: 's', judgedBy: 'worst' },
    values: ({ outages }) =>
      outages
        ?.find((figures) => figures.strategy === 'redis' && figures.fault === fault)
        // What did not happen at all took for ever.
        ?.seen.map((seen) => (pick(seen) ?? Number.POSITIVE_INFINITY) / 1000),
  };
}

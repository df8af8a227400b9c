// What the store and the hashing are meant to reach, as ratios or seconds, and whether they did.

import type { BenchFigures } from './figures.ts';
import type { Section } from './plan.ts';
import type { ReadFigures } from './sections/authenticated-read.ts';
import { instanceCounts, ofLimit } from './sections/behind-nginx.ts';
import type { MemoryFigures } from './sections/memory.ts';
import { type Fault, faults } from './sections/outage.ts';
import type { OutageSummary } from './sections/outage-summary.ts';
import { type CostKind, costKinds } from './sections/request-costs.ts';
import { ratiosWithinRounds, type Spread, spreadOf } from './statistics.ts';
import type { Tutorial } from './test-bed.ts';

export interface Goal {
  readonly name: string;
  /** What the figure is, in a sentence. */
  readonly what: string;
  readonly section: Section;
  readonly bound: 'at least' | 'at most';
  readonly target: number;
  readonly unit: '×' | 's';
  /** Ratios are judged by their median, outages by the worst one, since users go through each. */
  readonly judgedBy: 'median' | 'worst';
  /** One for each round (or slice); undefined when it was not measured. */
  readonly values: (figures: BenchFigures) => readonly number[] | undefined;
}

export interface JudgedGoal extends Pick<Goal, 'name' | 'what' | 'bound' | 'target' | 'unit' | 'judgedBy'> {
  readonly spread: Spread;
  /** The value that decides. */
  readonly measured: number;
  readonly met: boolean;
}

export const goals: readonly Goal[] = [
  ...readAgainst('hardened', { cpu: 0.8, perSecond: 1.25 }),
  ...readAgainst('bare', { cpu: 1.25, perSecond: 0.8 }),
  ...costKinds.map(cheapAsHardened),
  ...sharingGoals(),
  ...smallAsHardened(),
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
    what: "p99 of a logged-in user's GET, during a login storm ÷ without, `redis` with one hash thread",
    section: 'login-storm',
    ...{ bound: 'at most', target: 3, unit: '×', judgedBy: 'median' },
    values: ({ loginStorms }) => {
      const own = loginStorms?.find(({ strategy, hashThreads }) => strategy === 'redis' && hashThreads === 1);
      return own && ratiosWithinRounds(own.stormP99Ms, own.quietP99Ms);
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
    withinASecond(fault, 'first 503', `from Redis ${fault} to the first 503`, (outage) => outage.first503Ms),
    withinASecond(
      fault,
      'slowest answer',
      `the longest wait while Redis is ${fault}`,
      (outage) => outage.slowestMs,
    ),
    withinASecond(
      fault,
      'recovery',
      `from the return of the ${fault} Redis until every answer is 200 again`,
      (outage) => outage.recoveryMs,
    ),
  ]),
];

/** @param targets of the processor time of a read, and of the requests per second, as ratios to the tutorial's app */
function readAgainst(
  tutorial: Tutorial,
  targets: { readonly cpu: number; readonly perSecond: number },
): Goal[] {
  const of = (pick: (figures: ReadFigures) => readonly number[]) => (figures: BenchFigures) =>
    readRatio(figures, 'loopback', pick, tutorial);
  return [
    {
      name: `read, processor time, ${tutorial}`,
      what: `processor time of an authenticated read, \`redis\` ÷ \`${tutorial}\``,
      section: 'read',
      ...{ bound: 'at most', target: targets.cpu, unit: '×', judgedBy: 'median' },
      values: of(({ cpuUs }) => cpuUs),
    },
    {
      name: `read throughput, ${tutorial}`,
      what: `requests per second of an authenticated read, \`redis\` ÷ \`${tutorial}\``,
      section: 'read',
      ...{ bound: 'at least', target: targets.perSecond, unit: '×', judgedBy: 'median' },
      values: of(({ perSecond }) => perSecond),
    },
  ];
}

function cheapAsHardened(kind: CostKind): Goal {
  return {
    name: `${kind}, processor time`,
    what: `processor time of a ${kind}${kind === 'login' ? ' without its hash' : ''}, \`redis\` ÷ \`hardened\``,
    section: 'requests',
    ...{ bound: 'at most', target: 1, unit: '×', judgedBy: 'median' },
    values: ({ requestCosts }) => {
      const cpuUsOf = (wanted: string) =>
        requestCosts?.find(({ candidate }) => candidate === wanted)?.cpuUs[kind];
      const [own, hardened] = [cpuUsOf('redis'), cpuUsOf('hardened')];
      return own && hardened && ratiosWithinRounds(own, hardened);
    },
  };
}

function sharingGoals(): Goal[] {
  const find = ({ behindNginx }: BenchFigures, instances: number) =>
    behindNginx?.deployments.find((one) => one.app === 'npm start' && one.instances === instances);
  const [fewest, ...more] = instanceCounts;
  const most = Math.max(fewest, ...more);
  return [
    ...instanceCounts.map((instances): Goal => {
      const sentence = `requests per second through nginx ÷ limit, ${instances === 1 ? 'one instance' : `${instances} instances`}`;
      return {
        name: `through nginx, ${instances}`,
        what: sentence,
        section: 'nginx',
        ...{ bound: 'at least', target: 0.8, unit: '×', judgedBy: 'median' },
        values: (figures) => {
          const [one, alone] = [find(figures, instances), find(figures, fewest)];
          return one && alone && ofLimit(one, alone, figures.behindNginx?.cores ?? 1);
        },
      };
    }),
    {
      name: 'through nginx, growth',
      what: `an instance's processor time for a request through nginx, ${most} instances ÷ one`,
      section: 'nginx',
      ...{ bound: 'at most', target: 1.2, unit: '×', judgedBy: 'median' },
      values: (figures) => {
        const [one, alone] = [find(figures, most), find(figures, fewest)];
        return one && alone && ratiosWithinRounds(one.cpuUs.instance, alone.cpuUs.instance);
      },
    },
  ];
}

function smallAsHardened(): Goal[] {
  const of =
    (pick: (figures: MemoryFigures) => readonly number[]) =>
    ({ memory }: BenchFigures) => {
      const find = (wanted: string) => memory?.find(({ candidate }) => candidate === wanted);
      const [own, hardened] = [find('redis'), find('hardened')];
      return own && hardened && ratiosWithinRounds(pick(own), pick(hardened));
    };
  const goal = { section: 'memory', bound: 'at most', target: 1.1, unit: '×', judgedBy: 'median' } as const;
  return [
    {
      ...goal,
      name: 'memory at rest',
      what: 'memory of an instance at rest, `redis` ÷ `hardened`',
      values: of(({ atRestMiB }) => atRestMiB),
    },
    {
      ...goal,
      name: 'memory in use',
      what: 'memory of an instance with 10,000 sessions in use, `redis` ÷ `hardened`',
      values: of(({ inUseMiB }) => inUseMiB),
    },
  ];
}

/** The goals for which something was measured. */
export function judge(figures: BenchFigures): readonly JudgedGoal[] {
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
  { read }: BenchFigures,
  redis: ReadFigures['redis'],
  pick: (figures: ReadFigures) => readonly number[],
  reference: ReadFigures['sessions'] = 'connect-redis',
): readonly number[] | undefined {
  const find = (sessions: ReadFigures['sessions']) =>
    read?.find((figures) => figures.sessions === sessions && figures.redis === redis);
  const [own, stock] = [find('redis'), find(reference)];
  return own && stock && ratiosWithinRounds(pick(own), pick(stock));
}

function withinASecond(
  fault: Fault,
  name: string,
  what: string,
  pick: (outage: OutageSummary) => number | null,
): Goal {
  return {
    name: `${name}, Redis ${fault}`,
    what,
    section: 'outage',
    ...{ bound: 'at most', target: 1, unit: 's', judgedBy: 'worst' },
    values: ({ outages }) =>
      outages
        ?.find((figures) => figures.strategy === 'redis' && figures.fault === fault)
        // What did not happen at all counts as an infinite time.
        ?.rounds.map((outage) => (pick(outage) ?? Number.POSITIVE_INFINITY) / 1000),
  };
}

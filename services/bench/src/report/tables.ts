// The tables of the report: the goals, then the figures of each section.

import type { BenchFigures } from '../figures.ts';
import type { JudgedGoal } from '../goals.ts';
import { requestKinds } from '../sections/commands-per-request.ts';
import type { BenchResult } from './bench-result.ts';
import { loginStormTable, loginTable } from './login-tables.ts';
import { memoryTable } from './memory-table.ts';
import { outageTable } from './outage-table.ts';
import { profileTable } from './profile-table.ts';
import { readTable } from './read-table.ts';
import { replicasTable } from './replicas-table.ts';
import { number, type ReportTable } from './report-table.ts';
import { requestCostsTable } from './request-costs-table.ts';
import { sharingTable } from './sharing-table.ts';

/** Only of what was measured. */
export function tables({ goals, figures, plan }: BenchResult): readonly ReportTable[] {
  const all = [
    goalTable(goals),
    readTable(figures, plan),
    requestCostsTable(figures),
    sharingTable(figures, plan),
    memoryTable(figures, plan),
    profileTable(figures),
    commandTable(figures),
    loginStormTable(figures),
    loginTable(figures),
    outageTable(figures, plan.outageMs),
    replicasTable(figures),
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
      `${number(measured)} ${unit}${judgedBy === 'worst' ? ' (worst)' : ''}`,
      `${number(spread.q1)} to ${number(spread.q3)}`,
      `${number(spread.min)} to ${number(spread.max)}`,
      met ? 'met' : 'MISSED',
    ]),
    note:
      'A ratio is taken within each round, or within each slice of time; measured is the median of these ratios. ' +
      'Outages are judged by their worst round.',
  };
}

function commandTable({ commands = [] }: BenchFigures): ReportTable {
  const strategies = [...new Set(commands.map(({ strategy }) => strategy))];
  return {
    title: 'What Redis does for one request',
    head: ['request', ...strategies.map((strategy) => `\`${strategy}\``)],
    rows: requestKinds.flatMap((kind) => {
      const figures = strategies.flatMap((strategy) =>
        commands.filter((one) => one.kind === kind && one.strategy === strategy),
      );
      if (figures.length === 0) return [];
      const cells = figures.map(({ commands, roundTrips }) => {
        const list = Object.entries(commands)
          .toSorted()
          .map(([name, times]) => `${times} ${name.toUpperCase()}`);
        return `${list.join(', ') || 'nothing'}; ${roundTrips} round trip${roundTrips === 1 ? '' : 's'}`;
      });
      return [[kind, ...cells]];
    }),
    note:
      'Commands are counted by Redis (INFO commandstats): a script (EVALSHA), and the commands that it calls. Round trips ' +
      'are counted by a relay in front of it.',
  };
}

// The figures as tables: in a terminal, and in Markdown.

import Table from 'cli-table3';
import type { Environment } from '../../lab/src/report/environment.ts';
import type { JudgedGoal } from './goals.ts';
import type { Plan } from './plan.ts';
import { type ReportTable, tables } from './report-tables.ts';
import type { BenchFigures } from './run-bench.ts';

/** Everything that a run brought, as it is written as JSON. What never happened (an infinite time) is null there. */
export interface BenchResult {
  readonly environment: Environment;
  readonly plan: Plan;
  readonly seconds: number;
  readonly goals: readonly JudgedGoal[];
  readonly figures: BenchFigures;
}

export function benchText(result: BenchResult): string {
  const parts = tables(result).map(({ title, head, rows, note }) => {
    const table = new Table({ head: head.map(plain), style: { head: [], border: [] } });
    for (const row of rows) table.push(row.map(plain));
    return [title, table.toString(), ...(note === undefined ? [] : [plain(note)])].join('\n');
  });
  return [...parts, summary(result)].join('\n\n');
}

/** The same for a document. */
export function benchDocument(result: BenchResult): string {
  return [...tables(result).map(markdown), summary(result)].join('\n\n');
}

function markdown({ title, head, rows, note }: ReportTable): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const table = [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
  return [`**${title}**`, table, ...(note === undefined ? [] : [note])].join('\n\n');
}

/** Where it was measured, without which no figure means anything. */
function summary({ environment, plan, seconds, goals }: BenchResult): string {
  const { date, cpu, cores, memoryGiB, system, versions } = environment;
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const met = goals.filter((goal) => goal.met).length;
  return (
    `${met} of ${goals.length} goals met, in ${roundsOf(plan)}. Measured ${date.slice(0, 10)} in ${seconds} s on ${cores} cores (${cpu}) and ` +
    `${memoryGiB} GiB, ${system}, ${programs.join(', ')}.`
  );
}

function roundsOf({ rounds, longRounds }: Plan): string {
  return rounds === 1 && longRounds === 1
    ? 'a single round, which is too little for a figure to be quoted'
    : `${rounds} rounds of reads and ${longRounds} of the rest`;
}

/** Without the marks of Markdown. */
function plain(text: string): string {
  return text.replaceAll('`', '');
}

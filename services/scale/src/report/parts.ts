// The parts of a report: one for each section, and the computed one.

import Table from 'cli-table3';
import type { ReportTable } from '../../../bench/src/report/report-table.ts';
import { clusterTables } from './cluster-tables.ts';
import { instanceTables } from './instance-tables.ts';
import { millionTables } from './million-tables.ts';
import { type PlanInput, planTables } from './plan-tables.ts';
import { redisTables } from './redis-tables.ts';
import type { MeasuredOn, ScaleResult } from './scale-result.ts';

/** `plan` is the computed one. */
export interface ReportPart {
  readonly name: 'redis' | 'instance' | 'million' | 'cluster' | 'plan';
  readonly tables: readonly ReportTable[];
  /** With the command, and the machine, without which no figure means anything. */
  readonly summary: string;
}

/** Of what was measured only. */
export function measuredParts({ figures, environment, quick, plan }: ScaleResult): ReportPart[] {
  const { redis, instance, million, cluster } = figures;
  const summary = (name: string, options = '') =>
    `\`npm run scale -- --only ${name}${options}\`, ${described(environment, quick)}`;
  const sessions = million !== undefined && plan.million !== 1_000_000 ? ` --sessions ${plan.million}` : '';
  return [
    ...(redis ? [{ name: 'redis', tables: redisTables(redis), summary: summary('redis') } as const] : []),
    ...(instance
      ? [{ name: 'instance', tables: instanceTables(instance), summary: summary('instance') } as const]
      : []),
    ...(million
      ? [{ name: 'million', tables: millionTables(million), summary: summary('million', sessions) } as const]
      : []),
    ...(cluster
      ? [{ name: 'cluster', tables: clusterTables(cluster), summary: summary('cluster') } as const]
      : []),
  ];
}

export function computedPart(input: PlanInput, environment: MeasuredOn, quick: boolean): ReportPart {
  const summary = `\`npm run scale\`; the costs are from ${described(environment, quick)}`;
  return { name: 'plan', tables: planTables(input), summary };
}

/** For a terminal. */
export function textOf(parts: readonly ReportPart[]): string {
  return parts.flatMap(({ tables, summary }) => [...tables.map(terminalTable), plain(summary)]).join('\n\n');
}

/** For a document. */
export function markdownOf({ tables, summary }: ReportPart): string {
  return [...tables.map(markdownTable), summary].join('\n\n');
}

function terminalTable({ title, head, rows, note }: ReportTable): string {
  const table = new Table({
    ...(head.some((word) => word !== '') ? { head: head.map(plain) } : {}),
    style: { head: [], border: [] },
  });
  for (const row of rows) table.push(row.map(plain));
  return [title, table.toString(), ...(note === undefined ? [] : [plain(note)])].join('\n');
}

function markdownTable({ title, head, rows, note }: ReportTable): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const table = [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
  return [`**${title}**`, table, ...(note === undefined ? [] : [note])].join('\n\n');
}

function described(environment: MeasuredOn, quick: boolean): string {
  const { date, cpu, cores, memoryGiB, system, versions, loadBefore } = environment;
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return (
    `${quick ? 'a quick run, which is not enough for figures to quote, ' : ''}${date.slice(0, 10)} on ${cores} cores ` +
    `(${cpu}) and ${memoryGiB} GiB, ${system}, ${programs.join(', ')}.` +
    (loadBefore > cores / 2
      ? ` The machine was busy with other things (load average ${loadBefore.toFixed(1)} before the run): rates and times are ` +
        'worse than its own; processor times, memory and counts are less affected.'
      : '')
  );
}

/** Without Markdown's backticks. */
function plain(text: string): string {
  return text.replaceAll('`', '');
}

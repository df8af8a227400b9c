// What a run prints and writes into a document: its tables, and where it was measured.

import Table from 'cli-table3';
import type { Plan } from '../plan.ts';
import type { BenchResult } from './bench-result.ts';
import type { ReportTable } from './report-table.ts';
import { tables } from './tables.ts';

/** For a terminal. */
export function benchText(result: BenchResult): string {
  const parts = tables(result).map(({ title, head, rows, note }) => {
    const table = new Table({ head: head.map(plain), style: { head: [], border: [] } });
    for (const row of rows) table.push(row.map(plain));
    return [title, table.toString(), ...(note === undefined ? [] : [plain(note)])].join('\n');
  });
  return [...parts, summary(result)].join('\n\n');
}

/** For a document in Markdown. */
export function benchDocument(result: BenchResult): string {
  return [...tables(result).map(markdown), summary(result)].join('\n\n');
}

function markdown({ title, head, rows, note }: ReportTable): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const table = [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
  return [`**${title}**`, table, ...(note === undefined ? [] : [note])].join('\n\n');
}

/** With the machine, without which no figure means anything. */
function summary({ environment, plan, seconds, goals }: BenchResult): string {
  const { date, cpu, cores, memoryGiB, system, versions } = environment;
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const met = goals.filter((goal) => goal.met).length;
  return (
    `${met} of ${goals.length} goals met, in ${roundsOf(plan)}. Measured ${date.slice(0, 10)} in ${seconds} s ` +
    `on ${cores} cores (${cpu}) and ${memoryGiB} GiB, ${system}, ${programs.join(', ')}.`
  );
}

function roundsOf({ rounds, longRounds }: Plan): string {
  return rounds === 1 && longRounds === 1
    ? 'a single round, which is not enough for figures to quote'
    : `${rounds} rounds of reads and ${longRounds} of the rest`;
}

/** Without Markdown's backticks. */
function plain(text: string): string {
  return text.replaceAll('`', '');
}

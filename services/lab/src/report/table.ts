// The one table at the end of a demo, for people who know nothing of sessions: once for the terminal, once for documents.

import Table from 'cli-table3';
import { type Experiment, type Verdict, verdictWords } from '../experiments/experiment.ts';
import type { ExperimentResult } from '../experiments/run-experiments.ts';
import type { Strategy } from '../fleet/fleet.ts';

const headings: Record<Strategy, string> = {
  memory: "memory\nsessions in each\ninstance's memory",
  sticky: 'sticky\nin memory, the proxy keeps\na client on its instance',
  'connect-redis': 'connect-redis\nsessions in one Redis,\nas the tutorials do it',
  redis: 'redis\nthe same Redis, by the\nstore of this project',
};

/** A box for each experiment and strategy. Plain text: colour would say nothing that the words do not. */
export function terminalTable(
  results: readonly ExperimentResult[],
  experiments: readonly Experiment[],
): string {
  const shown = columns(results);
  const table = new Table({
    head: ['what is done', ...shown.map((strategy) => headings[strategy])],
    colWidths: [24, ...shown.map(() => (shown.length > 3 ? 29 : 32))],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  for (const row of rows(results, experiments)) {
    table.push([row.title, ...shown.map((strategy) => cell(row.results.get(strategy), '\n'))]);
  }
  return table.toString();
}

/** The same as a table in GitHub-flavoured Markdown. */
export function markdownTable(
  results: readonly ExperimentResult[],
  experiments: readonly Experiment[],
): string {
  const shown = columns(results);
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text) => text.replaceAll('\n', '<br>')).join(' | ')} |`;
  return [
    line(['what is done', ...shown.map((strategy) => `\`${strategy}\``)]),
    line(['---', ...shown.map(() => '---')]),
    ...rows(results, experiments).map((row) =>
      line([row.title, ...shown.map((strategy) => cell(row.results.get(strategy), '<br>'))]),
    ),
  ].join('\n');
}

function columns(results: readonly ExperimentResult[]): Strategy[] {
  return [...new Set(results.map(({ strategy }) => strategy))];
}

function rows(results: readonly ExperimentResult[], experiments: readonly Experiment[]) {
  return experiments.flatMap(({ name, title }) => {
    const own = results.filter(({ experiment }) => experiment === name);
    const [first] = own;
    if (!first) return [];
    return {
      title: title.replaceAll(/\bN\b/g, String(first.instances)),
      results: new Map(own.map((r) => [r.strategy, r])),
    };
  });
}

function cell(result: ExperimentResult | undefined, newLine: string): string {
  if (!result) return '–';
  const { observed, verdict, reasons } = result;
  const words = `${marks[verdict]} ${verdictWords[verdict]}`;
  const why = reasons.map((reason) => `  ${reason}`);
  return [...observed.split('\n'), why.length > 0 ? `${words}:` : words, ...why].join(newLine);
}

const marks: Record<Verdict['verdict'], string> = { expected: '✓', unexpected: '✗', inconclusive: '?' };

// The end of a run: a short table for people, and with SUMMARY=FILE all figures as JSON (the folder must be there).

import { type Row, type SummaryData, trafficSeconds } from './figures.ts';
import { isSummaryOnly } from './summary-only-thresholds.ts';
import { usualRows } from './summary-rows.ts';
import { strategy, target } from './target.ts';

/** How much earlier than planned k6 may end the last scenario, in seconds. */
const toleranceS = 0.2;

/** Makes a script's handleSummary. */
export function summaryOf(script: string, more: (data: SummaryData) => readonly Row[] = () => []) {
  return (data: SummaryData): Record<string, string> => {
    const rows = notBegun(data) ? [] : [...usualRows(data), ...more(data)];
    return {
      stdout: notBegun(data) ? nothingMeasured(script, data) : table(script, data, rows),
      ...(__ENV.SUMMARY ? { [__ENV.SUMMARY]: json(script, data, rows) } : {}),
    };
  };
}

/** Why there was no traffic; undefined when there was some. */
function notBegun({ setup_data }: SummaryData): string | undefined {
  if (setup_data === undefined) return 'the run ended before the traffic began';
  return setup_data.problem;
}

/** No tick may stand here: what was never asked holds by itself. */
function nothingMeasured(script: string, data: SummaryData): string {
  return `\n✗ Nothing was measured: ${notBegun(data)}.\n  ${title(script)}\n\n`;
}

function isFinished(data: SummaryData): boolean {
  return (
    notBegun(data) === undefined &&
    trafficSeconds(data) >= (data.setup_data?.plannedSeconds ?? 0) - toleranceS
  );
}

function title(script: string): string {
  return `${script} · ${strategy === 'unknown' ? 'strategy unknown' : strategy} · ${target.baseUrl}`;
}

function table(script: string, data: SummaryData, rows: readonly Row[]): string {
  const rowLines = rows.map(([label, text]) => `  ${label.padEnd(26)}${text}`);
  const seconds = `${trafficSeconds(data).toFixed(0)} s`;
  const notFinished = isFinished(data)
    ? []
    : [`✗ NOT FINISHED: ${trafficSeconds(data).toFixed(1)} of ${data.setup_data?.plannedSeconds} s`];
  return [
    '',
    ...notFinished,
    `${title(script)} · ${seconds}`,
    '',
    ...rowLines,
    '',
    ...(notFinished.length > 0 ? ['  So far, which proves nothing about the rest:'] : []),
    ...judged(data).map(
      ({ ok, samples, metric, source, was }) =>
        `  ${ok ? (samples ? '✓' : '–') : '✗'} ${metric}: ${source}${ok ? (samples ? '' : ', without a sample') : `, but it was ${was ?? 'never measured'}`}`,
    ),
    '',
  ].join('\n');
}

/** The script's own thresholds, with what came of each. */
function judged(data: SummaryData) {
  const metrics = Object.entries(data.metrics).sort(([a], [b]) => (a < b ? -1 : 1));
  return metrics.flatMap(([metric, { type, thresholds = {}, values }]) =>
    Object.entries(thresholds)
      .filter(([source]) => !isSummaryOnly(source))
      .map(([source, { ok }]) => {
        const value = values[source.split(/[<>=!]/)[0]?.trim() ?? ''];
        // Of nothing k6 says that a rate holds. What was never counted is 0, as it should be.
        const samples = type !== 'rate' || (values.passes ?? 0) + (values.fails ?? 0) > 0;
        const was = value === undefined || !samples ? null : Number(value.toFixed(4));
        return { metric, source, ok, samples, was };
      }),
  );
}

function json(script: string, data: SummaryData, rows: readonly Row[]): string {
  const { metrics, setup_data } = data;
  const thresholds = judged(data);
  const finished = isFinished(data);
  const about = {
    script,
    strategy,
    baseUrl: target.baseUrl,
    seconds: trafficSeconds(data),
    finished,
    passed: finished && thresholds.every(({ ok }) => ok),
    problem: notBegun(data) ?? null,
    instances: setup_data?.instances ?? [],
  };
  return `${JSON.stringify({ ...about, rows, thresholds, metrics }, null, 2)}\n`;
}

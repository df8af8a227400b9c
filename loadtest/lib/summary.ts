// The end of a run: a short table for people, and with SUMMARY=FILE all figures as JSON (the folder must be there).

import type { SetupData } from './setup-data.ts';
import { isSummaryOnly } from './summary-only-thresholds.ts';
import { strategy, target } from './target.ts';

interface Metric {
  readonly type: string;
  readonly values: Readonly<Record<string, number>>;
  readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
}

/** The part of what k6 hands to handleSummary that is used here. */
export interface SummaryData {
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly state: { readonly testRunDurationMs: number };
  readonly setup_data?: SetupData;
}

/** Rows that a script adds to the table: a label, and what is said about it. */
export type Row = readonly [label: string, text: string];

/** Makes a script's handleSummary. */
export function summaryOf(script: string, more: (data: SummaryData) => readonly Row[] = () => []) {
  return (data: SummaryData): Record<string, string> => ({
    stdout: table(script, data, more(data)),
    ...(__ENV.SUMMARY ? { [__ENV.SUMMARY]: json(script, data) } : {}),
  });
}

/** A metric's figure, 0 where there were no samples. */
export function figure(data: SummaryData, metric: string, name: string): number {
  return data.metrics[metric]?.values[name] ?? 0;
}

export function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
}

function table(script: string, data: SummaryData, more: readonly Row[]): string {
  const rows = [instanceSwitches(data), sessionsLost(data), ...instances(data), ...requests(data), ...more];
  const rowLines = rows.map(([label, text]) => `  ${label.padEnd(26)}${text}`);
  const seconds = (data.state.testRunDurationMs / 1000).toFixed(0);
  return [
    '',
    `${script} · ${strategy} · ${target.baseUrl} · ${seconds} s`,
    '',
    ...rowLines,
    '',
    ...judged(data).map(
      ({ ok, metric, source, was }) => `  ${ok ? '✓' : '✗'} ${metric}: ${source}${ok ? '' : was}`,
    ),
    '',
  ].join('\n');
}

function instanceSwitches(data: SummaryData): Row {
  const { passes = 0, fails = 0 } = data.metrics.cross_instance_session_ok?.values ?? {};
  const all = passes + fails;
  const text =
    all === 0
      ? 'none: no user was answered by a second instance'
      : `${count(passes)} of ${count(all)} knew the user`;
  return ['from another instance', text];
}

function sessionsLost(data: SummaryData): Row {
  const logins = figure(data, 'http_req_duration{kind:login}', 'count');
  const users = data.setup_data?.users.length ?? 0;
  const of = logins > 0 ? `${count(logins)} logins` : `${count(users)} users`;
  return ['sessions lost', `${count(figure(data, 'sessions_lost', 'count'))} (${of})`];
}

/** Each instance's share of the answers. Those that were not there at the start are shown together. */
function instances(data: SummaryData): Row[] {
  const names = data.setup_data?.instances ?? [];
  const answered = [
    ...names.map((name, index) => [name, String(index)] as const),
    ['others', 'other'] as const,
    ['new ones', 'new'] as const,
  ].map(([name, index]) => ({ name, answers: figure(data, `answers{instance_index:${index}}`, 'count') }));
  const all = answered.reduce((sum, { answers }) => sum + answers, 0);
  const shares = answered
    .filter(({ answers }) => answers > 0)
    .map(({ name, answers }) => `${name} ${percent(answers / all)}`);
  const changes = [
    ['new', figure(data, 'instances_new', 'count')],
    ['gone', figure(data, 'instances_gone', 'count')],
  ].flatMap(([what, n]) => (n ? [`${n} ${what}`] : []));
  return [
    [
      'instances met by a user',
      `at most ${figure(data, 'instances_seen', 'max')}${changes.length ? `; ${changes.join(', ')}` : ''}`,
    ],
    ['answered by', shares.join(', ')],
  ];
}

function requests(data: SummaryData): Row[] {
  return ['login', 'read', 'write'].flatMap((kind) => {
    const times = data.metrics[`http_req_duration{kind:${kind}}`]?.values;
    if (!times?.count) return [];
    const failed = figure(data, `failed{kind:${kind}}`, 'passes');
    const median = milliseconds(times.med ?? 0);
    const notDone = kind === 'login' ? 'failed or turned away' : 'failed';
    const text = `${count(times.count)}, ${count(failed)} ${notDone}, median ${median}, p95 ${milliseconds(times['p(95)'] ?? 0)}`;
    return [[`${kind}s`, text] as const];
  });
}

/** The script's own thresholds, with what came of each. */
function judged(data: SummaryData) {
  const metrics = Object.entries(data.metrics).sort(([a], [b]) => (a < b ? -1 : 1));
  return metrics.flatMap(([metric, { thresholds = {}, values }]) =>
    Object.entries(thresholds)
      .filter(([source]) => !isSummaryOnly(source))
      .map(([source, { ok }]) => {
        const value = values[source.split(/[<>=!]/)[0]?.trim() ?? ''];
        return {
          metric,
          source,
          ok,
          was: `, but it was ${value === undefined ? 'never measured' : Number(value.toFixed(4))}`,
        };
      }),
  );
}

function json(script: string, data: SummaryData): string {
  const { metrics, state, setup_data } = data;
  const seconds = state.testRunDurationMs / 1000;
  const thresholds = judged(data);
  const passed = thresholds.every(({ ok }) => ok);
  const about = {
    script,
    strategy,
    baseUrl: target.baseUrl,
    seconds,
    passed,
    instances: setup_data?.instances ?? [],
  };
  return `${JSON.stringify({ ...about, thresholds, metrics }, null, 2)}\n`;
}

function count(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

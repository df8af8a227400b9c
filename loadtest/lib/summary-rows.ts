// The rows of the summary that every script has.

import { adviceFor } from './advice.ts';
import { throttledBy } from './answer-metrics.ts';
import {
  count,
  figure,
  milliseconds,
  percent,
  type Row,
  type SummaryData,
  trafficSeconds,
} from './figures.ts';
import { instancesHaveNames, strategy } from './target.ts';

export function usualRows(data: SummaryData): Row[] {
  return [
    instanceSwitches(data),
    sessionsLost(data),
    ...instances(data),
    ...requests(data),
    ...refusedLogins(data),
    ...turnedAway(data),
  ];
}

function instanceSwitches(data: SummaryData): Row {
  const { passes = 0, fails = 0 } = data.metrics.cross_instance_session_ok?.values ?? {};
  const all = passes + fails;
  const label = 'from another instance';
  if (!instancesHaveNames)
    return [label, 'NOT KNOWN: no header names the instance, so this run does not prove that there are two'];
  if (all > 0) return [label, `${count(passes)} of ${count(all)} knew the user`];
  const sticky =
    strategy === 'sticky'
      ? ''
      : '. Is there only one, or does a proxy keep users on one (--strategy sticky)?';
  return [label, `none: no user was answered by a second instance${sticky}`];
}

function sessionsLost(data: SummaryData): Row {
  const logins = figure(data, 'logins_accepted', 'count');
  const users = data.setup_data?.users.length ?? 0;
  const of = logins > 0 ? `${count(logins)} logins` : `${count(users)} users`;
  return ['sessions lost', `${count(figure(data, 'sessions_lost', 'count'))} (${of})`];
}

/** Each instance's share of the answers. Those that were not there at the start are shown together. */
function instances(data: SummaryData): Row[] {
  if (!instancesHaveNames) return [];
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
    const unknown =
      kind === 'read' ? `, ${count(figure(data, 'reads_known', 'fails'))} did not know the user` : '';
    const median = milliseconds(times.med ?? 0);
    const text = `${count(times.count)}, ${count(failed)} failed${unknown}, median ${median}, p95 ${milliseconds(times['p(95)'] ?? 0)}`;
    return [[`${kind}s`, text] as const];
  });
}

function refusedLogins(data: SummaryData): Row[] {
  const refused = figure(data, 'logins_refused', 'count');
  return refused > 0
    ? [['told to come back', `${count(refused)} logins and sign-ups (503 with Retry-After)`]]
    : [];
}

/** For a script that logs in all the time: what the run shows of how fast the deployment hashes. */
export function loginRateRow(data: SummaryData): Row {
  const rate = (figure(data, 'logins_accepted', 'count') / trafficSeconds(data)).toFixed(1);
  const refused = figure(data, 'logins_refused', 'count');
  const text =
    refused > 0
      ? `logs in about ${rate} a second, and refused what was more: set LOGINS_PER_SECOND below that`
      : `logs in ${rate} a second or more: none was refused. 07-login-storm finds the most`;
  return ['this deployment', text];
}

/** What 429 came from, and which settings to raise. */
function turnedAway(data: SummaryData): Row[] {
  return throttledBy.flatMap((by) => {
    const times = figure(data, `throttled{by:${by}}`, 'count');
    const who = by === 'proxy' ? 'by the proxy' : `${by}s`;
    return times > 0 ? [['turned away (429)', `${count(times)} ${who}. ${adviceFor(by)}`] as const] : [];
  });
}

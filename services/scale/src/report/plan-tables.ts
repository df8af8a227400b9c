// What so many people need, what limits first, and how far the computed is from the measured.

import type { ReportTable } from '../../../bench/src/report/report-table.ts';
import type { Assumptions } from '../model/assumptions.ts';
import { limitsOf } from '../model/limits.ts';
import { type Costs, loadOf, needsOf, type Used, usedBy } from '../model/needs.ts';
import type { CheckFigures } from '../sections/check.ts';
import { bytes, count, people as inWords, number } from './words.ts';

/** A thousand to a hundred million. */
export const peopleSteps = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8];

export interface PlanInput {
  readonly costs: Costs;
  readonly assumptions: Assumptions;
  /** One more row. */
  readonly people?: number | undefined;
  readonly checks: readonly CheckFigures[];
  /** What the assumptions of these were. */
  readonly checkedWith: Assumptions;
  /** A million sessions, where that was measured. */
  readonly million?: { readonly sessions: number; readonly bytesPerPerson: number } | undefined;
}

export function planTables(input: PlanInput): ReportTable[] {
  return [needsTable(input), limitsTable(input), checkTable(input)];
}

function needsTable({ costs, assumptions, people }: PlanInput): ReportTable {
  const rows = [...new Set([...peopleSteps, ...(people === undefined ? [] : [people])])].sort(
    (a, b) => a - b,
  );
  const { requestsPerHour, writeShare, peak, hoursBetweenLogins, coreBusy, redisBusy, redisGiB, redisFull } =
    assumptions;
  return {
    title: 'What so many people need, at the peak',
    head: [
      'people logged in',
      'requests/s',
      'logins/s',
      'cores for requests',
      'cores for hashing',
      'instances',
      'Redis memory',
      'Redis cores busy',
      'Redis primaries',
      'connections to Postgres',
    ],
    rows: rows.map((number_) => {
      const needs = needsOf(number_, costs, assumptions);
      const { primariesByMemory, primariesByCommands, primaries } = needs;
      const why =
        primaries === 1 ? '' : primariesByMemory >= primariesByCommands ? ' (by memory)' : ' (by commands)';
      return [
        inWords(number_),
        number(needs.requestsPerSecond),
        number(needs.loginsPerSecond),
        count(needs.coresForRequests),
        count(needs.coresForHashes),
        count(needs.instances),
        bytes(needs.redisBytes),
        number(needs.redisCores),
        `${count(primaries)}${why}`,
        `${count(needs.connections)}${needs.needsPooler ? ': PgBouncer' : ''}`,
      ];
    }),
    note:
      `Computed from the costs measured below. Assumed, not measured: each person who is logged in sends ${requestsPerHour} ` +
      `requests an hour, of which ${percent(writeShare)} change the session, and logs in every ${hoursBetweenLogins} hours; the ` +
      `busiest seconds have ${peak} times the average. Cores are ${percent(coreBusy)} busy at the peak, Redis' one thread ` +
      `${percent(redisBusy)}; a primary has ${redisGiB} GiB, ${percent(redisFull)} of it used. Other people: ` +
      '`--requests`, `--peak`, `--hours`. Replicas, and a reserve for a failed machine or region, come on top.',
  };
}

function limitsTable({ costs, assumptions }: PlanInput): ReportTable {
  return {
    title: 'What limits first',
    head: ['one of it', 'is enough up to', 'and then'],
    rows: limitsOf(costs, assumptions).map(({ what, people, beyond }) => [
      what,
      `${count(people)} people`,
      beyond,
    ]),
  };
}

function checkTable({ costs, checks, checkedWith, million }: PlanInput): ReportTable {
  // Sessions are fresh then, so that no request renews one.
  const assumptions = { ...checkedWith, renewalMinutes: Number.POSITIVE_INFINITY };
  const rows = checks.flatMap((check) => {
    const load = loadOf(check.people, assumptions);
    const used = usedBy(load, check.people, costs, assumptions);
    const served = check.requestsPerSecond / load.requestsPerSecond;
    const name = `${inWords(check.people)}: ${number(load.requestsPerSecond)} requests/s, ${number(load.loginsPerSecond)} logins/s`;
    const behind = served < 0.95 || check.failed > 0;
    const remark = behind ? ` (served ${percent(served)}, ${count(check.failed)} failed)` : '';
    return [
      row(
        `${name}${remark}`,
        'cores of the instance',
        instanceCores(used) + costs.idleCores,
        check.instanceCores,
        number,
      ),
      row('', 'cores of Redis', used.redisCores + costs.redisIdleCores, check.redisCores, small),
      row('', 'memory of Redis', used.redisBytes, check.redisBytes, bytes),
    ];
  });
  if (million !== undefined) {
    const { sessions, bytesPerPerson } = million;
    rows.push(
      row(
        inWords(sessions),
        'memory of Redis',
        sessions * costs.sessionBytes,
        sessions * bytesPerPerson,
        bytes,
      ),
    );
  }
  return {
    title: 'Is that right? Computed and measured, at the sizes that this machine reaches',
    head: ['people', 'what', 'computed', 'measured', 'measured ÷ computed'],
    rows,
    note:
      'The peak load of so many people on one instance with one hashing thread, and what an idle instance uses. The costs come ' +
      'from a machine at full load; at little load a request costs more, since less of it is shared with others (system calls, ' +
      'wake-ups). Sizes beyond are extrapolated, and what no small machine shows (networks, kernels with a million connections) is not in them.',
  };
}

const instanceCores = ({ requestCores, hashCores }: Used) => requestCores + hashCores;

function row(
  people: string,
  what: string,
  computed: number,
  measured: number,
  words: (value: number) => string,
): string[] {
  return [people, what, words(computed), words(measured), (measured / computed).toFixed(2)];
}

const small = (value: number) => value.toFixed(4);
const percent = (share: number) => `${Math.round(100 * share)} %`;

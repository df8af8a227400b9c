// A million people logged in, as tables.

import type { ReportTable } from '../../../bench/src/report/report-table.ts';
import { usualCartLines } from '../plan.ts';
import type { MillionFigures, Phase, RestartFigures } from '../sections/million.ts';
import type { StreamSummary } from '../workers/run-http-worker.ts';
import { bytes, count, each, number } from './words.ts';

export function millionTables(figures: MillionFigures): ReportTable[] {
  return [sizeTable(figures), noticedTable(figures)];
}

function sizeTable(figures: MillionFigures): ReportTable {
  const { sessions, fillSeconds, usedBytes, residentBytes, bytesPerPerson, expiry } = figures;
  const restart = ({ fileBytes, loadedSeconds, wellAfterMs }: RestartFigures) =>
    `${bytes(fileBytes)} of file; serves after ${number(loadedSeconds)} s, the instance well ${number(wellAfterMs)} ms later`;
  return {
    title: `${count(sessions)} people logged in`,
    head: ['', ''],
    rows: [
      [
        'filled, through the store',
        `${number(fillSeconds)} s, ${count(sessions / fillSeconds)} logins/s without a hash`,
      ],
      [
        'memory of Redis',
        `${bytes(usedBytes)} used, ${bytes(residentBytes)} resident; ${count(bytesPerPerson)} B a person`,
      ],
      ['restart with the file as it is', restart(figures.restart)],
      [
        'rewriting the file',
        `${number(figures.rewriteSeconds)} s; the fork holds up everything for ${number(figures.forkMs)} ms`,
      ],
      ['restart with the rewritten file', restart(figures.restartRewritten)],
      [
        'all of them end in one moment',
        `${count(expiry.keys)} keys freed in ${number(expiry.seconds)} s, with ${number(expiry.redisCores)} of a core; ` +
          `${bytes(expiry.usedBytesBefore)} → ${bytes(expiry.usedBytesAfter)} used, ${bytes(expiry.residentBytesAfter)} resident`,
      ],
    ],
    note:
      `One session and one list a person, with ${usualCartLines} articles in the cart; the append-only file as in ` +
      'infra/redis/redis.conf. In production sessions end one by one; here their ends were brought forward to one moment, the ' +
      'worst case.',
  };
}

const meanings: Record<Phase, string> = {
  empty: 'before',
  filling: 'while it is filled',
  full: 'with all of them',
  restarted: 'after the restart',
  rewriting: 'while the file is rewritten',
  expiring: 'while all end',
  expired: 'afterwards',
};

function noticedTable({ phases }: MillionFigures): ReportTable {
  const times = (stream: StreamSummary | undefined) =>
    `${number(stream?.p50Ms ?? null)} / ${number(stream?.p99Ms ?? null)}`;
  const failed = (stream: StreamSummary | undefined) =>
    `${count(stream?.failed ?? 0)} of ${count((stream?.ok ?? 0) + (stream?.failed ?? 0))}` +
    (stream !== undefined && stream.failed > 0 ? ` (${each(stream.failures)})` : '');
  return {
    title: 'What people notice meanwhile',
    head: ['', 'reads p50 / p99 ms', 'failed', 'logins p50 / p99 ms', 'failed', '/readyz failed'],
    rows: phases.map(({ phase, noticed: { reads, logins, readiness } }) => [
      meanings[phase],
      times(reads),
      failed(reads),
      times(logins),
      failed(logins),
      failed(readiness),
    ]),
    note:
      '100 reads, 5 logins and 5 questions for readiness a second, through one instance; passwords at bcrypt’s lowest cost, ' +
      'since the hash is not what is measured. Reads are of sessions by chance, while it is filled and while all end of people ' +
      'who stay. While it is filled, the workers that fill it use all cores that the instance would need.',
  };
}

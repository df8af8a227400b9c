import type { BenchFigures } from '../figures.ts';
import { spreadOf } from '../statistics.ts';
import type { ReportTable } from './report-table.ts';

export function replicasTable({ replicatedLogins = [] }: BenchFigures): ReportTable {
  const quartiles = (times: readonly number[]) => {
    const { median, q1, q3 } = spreadOf(times);
    return `${median.toFixed(2)} (${q1.toFixed(2)} to ${q3.toFixed(2)})`;
  };
  return {
    title: 'Logins and logouts that wait for a replica',
    head: ['`STORE_REPLICAS`', 'login, ms', 'logout, ms', 'how many of each'],
    rows: replicatedLogins.map(({ replicas, loginMs, logoutMs }) => [
      String(replicas),
      quartiles(loginMs),
      quartiles(logoutMs),
      String(loginMs.length),
    ]),
    note:
      'Median and quartiles, with bcrypt at cost 4, so that the hash does not hide the rest. Primary and replica are on this ' +
      'machine: over a network, add its round trip from the one to the other.',
  };
}

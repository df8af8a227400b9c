import type { BenchFigures } from '../figures.ts';
import { costKinds } from '../sections/request-costs.ts';
import { ratiosWithinRounds, spreadOf } from '../statistics.ts';
import { median, medianAndQuartiles, type ReportTable } from './report-table.ts';

export function requestCostsTable({ requestCosts = [] }: BenchFigures): ReportTable {
  const hardened = requestCosts.find(({ candidate }) => candidate === 'hardened');
  const known = requestCosts.filter(({ cpuUs }) => cpuUs.write.length > 0);
  const hashUs = known.flatMap((costs) => costs.hashUs);
  return {
    title: 'Processor time of other requests',
    head: ['app', ...costKinds.flatMap((kind) => [`${kind}, µs`, `${kind} ÷ \`hardened\``])],
    rows: known.map(({ candidate, cpuUs }) => [
      `\`${candidate}\``,
      ...costKinds.flatMap((kind) => [
        median(cpuUs[kind], 0),
        hardened === undefined
          ? ''
          : medianAndQuartiles(spreadOf(ratiosWithinRounds(cpuUs[kind], hardened.cpuUs[kind]))),
      ]),
    ]),
    note:
      "Of the instance, for one request. A write adds to a user's cart, a login takes a guest's cart along. A login is given " +
      `without its hash${hashUs.length > 0 ? `, which took ${median(hashUs, 0)} µs at bcrypt's lowest cost` : ''}. ` +
      '`bare` and `hardened` keep their users in memory and limit no attempts; the other two ask Postgres and count ' +
      'attempts in Redis.',
  };
}

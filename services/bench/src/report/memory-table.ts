import type { BenchFigures } from '../figures.ts';
import type { Plan } from '../plan.ts';
import { ratiosWithinRounds, spreadOf } from '../statistics.ts';
import { medianAndExtremes, type ReportTable } from './report-table.ts';

export function memoryTable({ memory = [] }: BenchFigures, { memorySessions }: Plan): ReportTable {
  const hardened = memory.find(({ candidate }) => candidate === 'hardened');
  const against = (own: readonly number[], reference: readonly number[] = []) =>
    reference.length === 0 ? '' : medianAndExtremes(spreadOf(ratiosWithinRounds(own, reference)));
  const known = memory.filter(({ atRestMiB, inUseMiB }) => atRestMiB.length > 0 && inUseMiB.length > 0);
  return {
    title: 'Memory of an instance',
    head: ['app', 'at rest, MiB', '÷ `hardened`', 'in use, MiB', '÷ `hardened`'],
    rows: known.map(({ candidate, atRestMiB, inUseMiB }) => [
      `\`${candidate}\``,
      medianAndExtremes(spreadOf(atRestMiB)),
      against(atRestMiB, hardened?.atRestMiB),
      medianAndExtremes(spreadOf(inUseMiB)),
      against(inUseMiB, hardened?.inUseMiB),
    ]),
    note:
      `Resident, code included (VmRSS): three seconds after the start, and while each of ${memorySessions} guests adds to a cart ` +
      'for the second time, 32 at once. Median and extremes of the rounds, each with new processes. `redis` has a thread ' +
      'for hashing, which the other two do not: they hash on the event loop.',
  };
}

import type { BenchFigures } from '../figures.ts';
import type { ReportTable } from './report-table.ts';

/** Rows below this share, in percent, are left out where no candidate reaches it. */
const smallest = 0.5;

export function profileTable({ profiles = [] }: BenchFigures): ReportTable {
  const names = new Set(profiles.flatMap(({ shares }) => Object.keys(shares)));
  const rows = [...names]
    .map((name) => ({ name, shares: profiles.map(({ shares }) => shares[name] ?? 0) }))
    .filter(({ shares }) => shares.some((share) => share * 100 >= smallest))
    .sort((a, b) => Math.max(...b.shares) - Math.max(...a.shares));
  return {
    title: 'Where the processor time of a read goes, % of all',
    head: ['what', ...profiles.map(({ candidate }) => `\`${candidate}\``)],
    rows: rows.map(({ name, shares }) => [name, ...shares.map((share) => (share * 100).toFixed(1))]),
    note: `${survivors(profiles)} ${howMeasured}`,
  };
}

function survivors(profiles: NonNullable<BenchFigures['profiles']>): string {
  const each = profiles.map(
    ({ candidate, survivingBytes }) => `${survivingBytes.toFixed(0)} B of \`${candidate}\``,
  );
  return `Of what a request allocates, ${each.join(' and ')} outlive the quick collections of young objects.`;
}

const howMeasured =
  "By Node's own profiler (Profiler of V8's inspector), of the time in which the event loop was not idle. Native code " +
  'counts for what called it. The profiler itself slows down what it measures: the shares say more than any sum of them.';

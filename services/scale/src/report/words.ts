// How figures are written.

/** `12,345`; below ten with two decimals, below a hundred with one. */
export function number(value: number | null): string {
  if (value === null || Number.isNaN(value)) return '–';
  const digits = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** `12,345`, for what is counted. */
export function count(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 0 });
}

/** `1.2 GiB`, in the largest unit of which it is one or more. */
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(Math.floor(Math.log2(Math.max(value, 1)) / 10), units.length - 1);
  const scaled = value / 2 ** (10 * power);
  return `${power === 0 ? count(scaled) : number(scaled)} ${units[power]}`;
}

/** `1,000`, `1 million`, `100 million`. */
export function people(value: number): string {
  return value >= 1e6 && value % 1e6 === 0 ? `${count(value / 1e6)} million` : count(value);
}

/** `503: 12, 200: 3`, or `none`. */
export function each(counts: Readonly<Record<string, number>>): string {
  const list = Object.entries(counts).map(([name, times]) => `${count(times)} × ${name}`);
  return list.join(', ') || 'none';
}

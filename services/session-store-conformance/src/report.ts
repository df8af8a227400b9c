// Runs the checks one after the other, and shows what each store keeps.

import { type Check, NotApplicable } from './site.ts';

export interface Outcome {
  readonly name: string;
  readonly group: string;
  readonly result: 'kept' | 'not kept' | 'not applicable';
  /** Why it is not kept, or not applicable. */
  readonly reason?: string;
}

/** One after the other, because some checks are about times. */
export async function runChecks(checks: readonly Check[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { name, group, run } of checks) {
    try {
      await run();
      outcomes.push({ name, group, result: 'kept' });
    } catch (error) {
      const result = error instanceof NotApplicable ? 'not applicable' : 'not kept';
      outcomes.push({ name, group, result, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return outcomes;
}

/** A table in Markdown with a column for each store. */
export function markdownTable(stores: { readonly [store: string]: readonly Outcome[] }): string {
  const names = Object.keys(stores);
  const signs = { kept: 'yes', 'not kept': 'no', 'not applicable': '–' };
  const rows = (Object.values(stores)[0] ?? []).map(({ group, name }) => [
    `${group}: ${name}`,
    ...names.map((store) => {
      const outcome = stores[store]?.find((other) => other.name === name);
      return outcome === undefined ? '' : signs[outcome.result];
    }),
  ]);
  const lines = [[' ', ...names], ['', ...names].map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`.replace('|   |', '| |')).join('');
}

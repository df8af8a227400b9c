import { findK6 } from '../../services/lab/src/k6/find-k6.ts';
import type { K6 } from '../../services/lab/src/k6/k6.ts';

/** CI has to have k6 (REQUIRE_K6=true); elsewhere it may be missing, and then the reason is printed. */
export async function k6OrReason(): Promise<K6 | undefined> {
  try {
    return await findK6({ build: false, say: () => {} });
  } catch (error) {
    if (process.env.REQUIRE_K6 === 'true') throw error;
    console.log(
      'The tests of the k6 scripts are left out: there is no k6 here. `npm run load -- 01` gets it.',
    );
    return undefined;
  }
}

/** What the tests read of a script's figures. */
export interface LoadResult {
  readonly passed: boolean;
  readonly finished: boolean;
  readonly strategy: string;
  readonly instances: readonly string[];
  readonly rows: readonly (readonly [label: string, text: string])[];
  readonly thresholds: readonly {
    readonly metric: string;
    readonly source: string;
    readonly ok: boolean;
    readonly was: number | null;
  }[];
}

/** The thresholds that were crossed, as `metric: source`. */
export function missedIn({ thresholds }: LoadResult): string[] {
  return thresholds.filter(({ ok }) => !ok).map(({ metric, source }) => `${metric}: ${source}`);
}

/** What a row of the summary says; empty where there is none. */
export function rowOf({ rows }: LoadResult, label: string): string {
  return rows.find(([name]) => name === label)?.[1] ?? '';
}

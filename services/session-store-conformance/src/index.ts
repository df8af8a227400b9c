// A conformance suite for stores of express-session: what users of a store rely on, checked from outside, over HTTP.

import { setTimeout as sleep } from 'node:timers/promises';
import { contract } from './contract.ts';
import { lifetimes } from './lifetimes.ts';
import { outage } from './outage.ts';
import { races } from './races.ts';
import { type Check, type OpenBackend, Site } from './site.ts';

export { markdownTable, type Outcome, runChecks } from './report.ts';
export { type Backend, type Check, NotApplicable, type OpenBackend } from './site.ts';

/**
 * All checks for the stores that `open` makes. Each check opens a backend of its own and closes it. `run` rejects with
 * an AssertionError where the store does not keep what the check's name says, and with {@link NotApplicable} where the
 * store or the backend lacks what the check needs.
 *
 * @param deadlineMs for each check; what has not ended by then is not kept
 */
export function conformance(open: OpenBackend, deadlineMs = 15_000): readonly Check[] {
  return Object.entries({ races, lifetimes, outage, contract }).flatMap(([group, checks]) =>
    Object.entries(checks).map(([name, check]) => ({
      name,
      group,
      run: async () => {
        const site = await Site.open(open);
        const timer = new AbortController();
        const late = sleep(deadlineMs, undefined, { signal: timer.signal }).then(() => {
          throw new Error(`not ended after ${deadlineMs} ms`);
        });
        try {
          await Promise.race([check(site), late]);
        } finally {
          // Aborted by the next line, or thrown by the race already.
          late.catch(() => {});
          timer.abort();
          await site.close();
        }
      },
    })),
  );
}

// Which instances are there, and proof that a change has happened at all: a test of scaling out in which nobody scaled
// out would pass, and mean nothing.

import http from 'k6/http';
import { Counter } from 'k6/metrics';
import { type Answer, send } from './client.ts';
import { instancesHaveNames, target } from './target.ts';

const instancesNew = new Counter('instances_new');
const instancesGone = new Counter('instances_gone');
const instancesRemaining = new Counter('instances_remaining');

/** Asks once, without a cookie, over a connection of its own: some load balancers distribute those. */
export function probe(): Answer {
  return send({
    kind: 'probe',
    method: 'GET',
    path: target.whoAmI,
    jar: new http.CookieJar(),
    headers: { Connection: 'close' },
  });
}

/** Asks until several requests in a row have brought no new name. Sorted; empty where instances have no names. */
export function findInstances(): string[] {
  const names = new Set<string>();
  if (!instancesHaveNames) return [];
  for (let inVain = 0, n = 0; inVain < 4 + 3 * names.size && n < 300; n++) {
    const { servedBy } = probe();
    inVain = servedBy === undefined || names.has(servedBy) ? inVain + 1 : 0;
    if (servedBy !== undefined) names.add(servedBy);
  }
  return [...names].sort((a, b) => a.localeCompare(b, 'en'));
}

/** Counts the instances that are new, gone and still there, of those that were there `before`. */
export function countInstanceChanges(before: readonly string[]): void {
  const now = findInstances();
  instancesNew.add(now.filter((name) => !before.includes(name)).length);
  instancesGone.add(before.filter((name) => !now.includes(name)).length);
  instancesRemaining.add(before.filter((name) => now.includes(name)).length);
}

// Which instances are there, and proof that a change has happened at all: a test of scaling out that nobody scaled
// would pass, and mean nothing.

import http from 'k6/http';
import { Counter } from 'k6/metrics';
import { send, target } from './client.ts';
import type { World } from './users.ts';

const instancesNew = new Counter('instances_new');
const instancesGone = new Counter('instances_gone');
const instancesLeft = new Counter('instances_left');

/** Asks as strangers until no new name has turned up for a good while. Sorted. */
export function presentInstances(): string[] {
  const names = new Set<string>();
  for (let inVain = 0, n = 0; inVain < 4 + 3 * names.size && n < 300; n++) {
    const { instance } = send({
      kind: 'probe',
      method: 'GET',
      path: target.whoAmI,
      jar: new http.CookieJar(),
      headers: { Connection: 'close' }, // a new connection each time, for balancers that deal those out
    });
    inVain = instance === undefined || names.has(instance) ? inVain + 1 : 0;
    if (instance !== undefined) names.add(instance);
  }
  return [...names].sort((a, b) => a.localeCompare(b, 'en'));
}

/** For teardown(): counts the instances that came and those that went. */
export function compareInstances({ instances }: World): void {
  const present = presentInstances();
  instancesNew.add(present.filter((name) => !instances.includes(name)).length);
  instancesGone.add(instances.filter((name) => !present.includes(name)).length);
  instancesLeft.add(instances.filter((name) => present.includes(name)).length);
}

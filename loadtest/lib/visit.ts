// What people do in most scripts: users who are logged in read, and now and then a guest writes.

import { sleep } from 'k6';
import exec from 'k6/execution';
import type { Answer } from './client.ts';
import { guestWrites, returningUser, type World } from './users.ts';

/** Between two steps of one user, in seconds; THINK_TIME=0.1 in the environment changes it. */
const thinkTimeS = Number(__ENV.THINK_TIME || 0.1);
const readsForEachWrite = 5;

/** One step of this VU's user, who stays logged in from step to step. */
export function visit(world: World): Answer {
  const answer = returningUser(world).read();
  if (exec.vu.iterationInInstance % readsForEachWrite === 0) guestWrites();
  sleep(thinkTimeS * (0.5 + Math.random())); // not all in step
  return answer;
}

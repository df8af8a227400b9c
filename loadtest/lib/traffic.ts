// The traffic of most scripts: users who are logged in read, and now and then a guest writes.

import { sleep } from 'k6';
import exec from 'k6/execution';
import http, { type CookieJar } from 'k6/http';
import { type Answer, send } from './client.ts';
import { positive } from './numbers.ts';
import { type SetupData, savedUserOf } from './setup-data.ts';
import { guestsMayWrite, target } from './target.ts';
import { TestUser } from './test-user.ts';

/** Between two visits of one user, in seconds; THINK_TIME=0.1 in the environment changes it. */
const thinkTimeS = positive('THINK_TIME', __ENV.THINK_TIME || 0.1);
const readsForEachWrite = 5;
const writesOfOneGuest = 10;

/** One read of this VU's user, who stays logged in from visit to visit, and at every fifth a guest's write. */
export function visit(data: SetupData): void {
  loggedInUser(data).read();
  if (guestsMayWrite && exec.vu.iterationInInstance % readsForEachWrite === 0) writeAsGuest();
  sleep(thinkTimeS * (0.5 + Math.random())); // not all at the same moment
}

let vuUser: TestUser | undefined;

/** This VU's user, the same one over all iterations. */
export function loggedInUser(data: SetupData): TestUser {
  vuUser ??= TestUser.restored(savedUserOf(data));
  return vuUser;
}

let guestJar: CookieJar | undefined;
let guestWrites = 0;

/**
 * A guest puts something into a cart; after some writes it is another guest. Never one of the users: an instance that
 * does not know a user would replace that user's cookie when it answers a write.
 */
export function writeAsGuest(): Answer {
  if (guestJar === undefined || guestWrites % writesOfOneGuest === 0) guestJar = new http.CookieJar();
  guestWrites++;
  return send({ kind: 'write', method: 'POST', path: target.write, jar: guestJar, body: target.writeBody });
}

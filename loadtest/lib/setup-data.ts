// What setup() prepares and hands to every VU: users who are logged in, one for each VU, and the instances.
//
//   USERS_FILE=/path   lines `username,password` of users that exist already, for a deployment without a sign-up

import exec from 'k6/execution';
import { Gauge } from 'k6/metrics';
import { rememberInitialInstances } from './answer-metrics.ts';
import { problemWithAddress, problemWithLogin, problemWithWhoAmI } from './first-contact.ts';
import { countInstanceChanges, findInstances } from './instances.ts';
import { awaitTurn, patiently, slownessOfLogins } from './logins.ts';
import type { RunSettings } from './options.ts';
import type { Credentials } from './target.ts';
import { type SavedUser, TestUser } from './test-user.ts';

/** k6 passes it on as JSON. */
export interface SetupData {
  readonly users: readonly SavedUser[];
  /** The instances that were there at the start. */
  readonly instances: readonly string[];
  /** Why nothing can be measured. Handed on, and not thrown, so that the summary can begin with it. */
  readonly problem?: string;
  /** See logins.ts. */
  readonly slownessOfLogins: number;
  readonly trafficBeganAt: number;
  readonly plannedSeconds: number;
}

const usersFile = __ENV.USERS_FILE ? open(__ENV.USERS_FILE) : undefined;
const trafficMs = new Gauge('traffic_ms', true);

/** For setup(): users who are logged in before the measurement begins, so that reads are no test of bcrypt. */
export function logInUsers({ users: count, seconds }: RunSettings): SetupData {
  const prepared = prepare(count);
  return {
    ...prepared,
    slownessOfLogins: slownessOfLogins(),
    trafficBeganAt: Date.now(),
    plannedSeconds: seconds,
  };
}

type Prepared = Pick<SetupData, 'users' | 'instances' | 'problem'>;

function prepare(count: number): Prepared {
  const nothing = (problem: string): Prepared => ({ users: [], instances: [], problem });
  // They replace the scenarios, and with them what the script is about.
  if (exec.test.options.scenarios?.default)
    return nothing(
      '--vus, --duration, --iterations and --stage replace what this script does: set USERS and DURATION',
    );
  const wrongAddress = problemWithAddress();
  if (wrongAddress) return nothing(wrongAddress);
  const instances = findInstances();
  rememberInitialInstances(instances);
  const known = usersFile === undefined ? undefined : usersIn(usersFile);
  if (typeof known === 'string') return nothing(known);
  if (known && known.length < count)
    console.warn(`${known.length} users in USERS_FILE for ${count} at once: some are the same.`);
  const users: SavedUser[] = [];
  for (let n = 0; n < Math.min(count, known?.length ?? count); n++) {
    awaitTurn({ place: 0, vus: 1 });
    const credentials = known?.[n];
    const user = new TestUser(credentials ?? newCredentials());
    const answer = patiently(() => (credentials ? user.logIn() : user.signUp()));
    const saved = user.saved();
    const problem =
      problemWithLogin(credentials ? 'LOGIN' : 'SIGNUP', answer, saved) ??
      (n === 0 ? problemWithWhoAmI(saved, instances.length) : undefined);
    if (problem) return nothing(problem);
    users.push(saved);
  }
  return { users, instances };
}

function newCredentials(): Credentials {
  return { username: `k6-${crypto.randomUUID()}`, password: crypto.randomUUID() };
}

/** The users in the lines of a file, or what is wrong with it. */
function usersIn(lines: string): Credentials[] | string {
  const users: Credentials[] = [];
  for (const [index, line] of lines.split('\n').entries()) {
    if (line.trim() === '') continue;
    const [username = '', ...password] = line.trim().split(',');
    if (!username || password.join('') === '')
      return `line ${index + 1} of USERS_FILE is not "username,password"`;
    users.push({ username, password: password.join(',') });
  }
  return users.length > 0 ? users : 'USERS_FILE has no line "username,password"';
}

/** This VU's user: each VU has its own, as long as there are enough. Ends a run that could not begin. */
export function savedUserOf({ users, instances, problem }: SetupData): SavedUser {
  rememberInitialInstances(instances);
  const user = users[(exec.vu.idInTest - 1) % users.length];
  if (user !== undefined) return user;
  exec.test.abort(problem);
  throw new Error(problem);
}

/** For teardown(): how long the traffic lasted. */
export function endTraffic({ trafficBeganAt }: SetupData): void {
  trafficMs.add(Date.now() - trafficBeganAt);
}

/** The same, for a script that changes the deployment: and which instances have come and gone. */
export function endChangedTraffic(data: SetupData): void {
  endTraffic(data);
  if (data.problem === undefined) countInstanceChanges(data.instances);
}

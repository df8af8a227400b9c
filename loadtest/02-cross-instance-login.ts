// Is a login on one instance known on the others?
//
// Needs two instances or more. In each round a user logs in with an empty cookie jar, wherever the load balancer sends
// them, and then asks "who am I?" several times. Only answers from another instance than the one before are counted: all
// of them must know the user. Where sessions are in the instances' memory, this fails in the first round.

import { check, sleep } from 'k6';
import exec from 'k6/execution';
import type { Options } from 'k6/options';
import { awaitTurn, patiently } from './lib/logins.ts';
import { commonOptions, constantUsers, runSettings, unlessOnOneInstance } from './lib/options.ts';
import { endTraffic, logInUsers, type SetupData, savedUserOf } from './lib/setup-data.ts';
import { summaryOf } from './lib/summary.ts';
import { summaryOnlyThresholds } from './lib/summary-only-thresholds.ts';
import { loginRateRow } from './lib/summary-rows.ts';
import { TestUser } from './lib/test-user.ts';

const run = runSettings({ seconds: 20, users: 5 });
const readsForEachLogin = 10;

export const options: Options = {
  ...commonOptions,
  scenarios: { 'log-in-and-read': constantUsers(run) },
  thresholds: {
    ...summaryOnlyThresholds(),
    sessions_lost: ['count==0'],
    // The second one because a run in which nobody met another instance proves nothing, and k6 lets a rate without
    // samples pass.
    ...unlessOnOneInstance({ cross_instance_session_ok: ['rate==1'], instances_seen: ['max>1'] }),
    checks: ['rate==1'],
    logins_accepted: ['count>0'],
    'failed{method:GET}': ['rate==0'],
    'failed{method:POST}': ['rate==0'],
  },
};

export const setup = () => logInUsers(run);

export default function logInAndRead(data: SetupData): void {
  const user = new TestUser(savedUserOf(data));
  const turn = {
    place: exec.vu.idInTest - 1,
    vus: run.users,
    endsAt: exec.scenario.startTime + run.seconds * 1000,
    slowBefore: data.slownessOfLogins,
  };
  if (!awaitTurn(turn)) return;
  const login = patiently(() => user.logIn());
  // Without a login there is no session to lose, and the check has counted it.
  if (!check(login, { 'the login is done': ({ done }) => done })) return;
  for (let n = 0; n < readsForEachLogin; n++) {
    user.read();
    sleep(0.05);
  }
}

export const teardown = endTraffic;
export const handleSummary = summaryOf('02-cross-instance-login', (data) => [loginRateRow(data)]);

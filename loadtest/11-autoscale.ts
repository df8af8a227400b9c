// An autoscaler follows the load, out and in: do the people who are logged in notice?
//
// The number of active users rises from few to many and falls again; instances come and go with them. Users who have left
// come back later, with their cookies.
//
// The autoscaler is the deployment's own, or `npm run load`'s: then ACTIVE_USERS_URL is told each second how many users
// are active, as {"users": 12}, and answers {"instances": 3}.

import exec from 'k6/execution';
import http from 'k6/http';
import { Counter, Gauge } from 'k6/metrics';
import type { Options, Scenario } from 'k6/options';
import { figure, type SummaryData } from './lib/figures.ts';
import { commonOptions, duration, runSettings, unlessOnOneInstance } from './lib/options.ts';
import { endTraffic, logInUsers } from './lib/setup-data.ts';
import { summaryOf } from './lib/summary.ts';
import { summaryOnlyThresholds } from './lib/summary-only-thresholds.ts';
import { demandInstanceNames } from './lib/target.ts';
import { visit } from './lib/traffic.ts';

demandInstanceNames();
const run = runSettings({ seconds: 40, users: 20 });
const part = (share: number) => duration(run.seconds * share);
const activeUsersUrl = __ENV.ACTIVE_USERS_URL;

const instancesRunning = new Gauge('instances_running');
const scaledOut = new Counter('scaled_out');
const scaledIn = new Counter('scaled_in');

const reportActiveUsers: Scenario = {
  executor: 'constant-arrival-rate',
  exec: 'report',
  rate: 1,
  duration: `${run.seconds}s`,
  preAllocatedVUs: 1,
};

export const options: Options = {
  ...commonOptions,
  scenarios: {
    visit: {
      executor: 'ramping-vus',
      startVUs: 2,
      stages: [
        { duration: part(0.25), target: run.users },
        { duration: part(0.25), target: run.users },
        { duration: part(0.15), target: 2 },
        { duration: part(0.35), target: 2 },
      ],
      gracefulStop: '15s',
    },
    ...(activeUsersUrl && { report: reportActiveUsers }),
  },
  thresholds: {
    ...summaryOnlyThresholds(),
    sessions_lost: ['count==0'],
    // The second one because k6 lets a rate without samples pass, as when nobody met another instance.
    ...unlessOnOneInstance({ cross_instance_session_ok: ['rate==1'], instances_seen: ['max>1'] }),
    'failed{method:GET}': ['rate==0'],
    'failed{method:POST}': ['rate==0'],
    // Instances were added, and users were answered by them.
    'answers{instance_index:new}': ['count>0'],
    // Out and in again. Only an autoscaler that says how many instances there are can be held to it.
    ...(activeUsersUrl && { scaled_out: ['count>0'], scaled_in: ['count>0'] }),
  },
};

export const setup = () => logInUsers(run);
export default visit;

let before: number | undefined;

/** Tells the autoscaler how many users are active; the VU that runs this is none of them. */
export function report(): void {
  const users = JSON.stringify({ users: exec.instance.vusActive - 1 });
  const answer = http.post(`${activeUsersUrl}`, users, { tags: { kind: 'report', name: 'report' } });
  if (answer.status !== 200)
    exec.test.abort(`${activeUsersUrl} must answer 200: ${answer.error || answer.body}`);
  const instances = Number(answer.json('instances'));
  instancesRunning.add(instances);
  if (before !== undefined && instances > before) scaledOut.add(1);
  if (before !== undefined && instances < before) scaledIn.add(1);
  before = instances;
}

export const teardown = endTraffic;
export const handleSummary = summaryOf('11-autoscale', (data: SummaryData) => {
  if (!activeUsersUrl) return [];
  const [most, last] = ['max', 'value'].map((name) => figure(data, 'instances_running', name));
  return [['instances', `up to ${most}, ${last} at the end`]];
});

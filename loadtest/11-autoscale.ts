// An autoscaler follows the load, out and in: do the people who are logged in notice?
//
// The number of active users rises from few to many and falls again; instances come and go with them. Nobody may be
// logged out, no request may fail, and instances that were not there at the start must have answered.
//
// The autoscaler is the deployment's own, or `npm run load`'s: then LOAD_URL is told each second how many users are
// active, as {"users": 12}, and answers {"instances": 3}. Users who have left come back later, with their cookies.

import exec from 'k6/execution';
import http from 'k6/http';
import { Counter, Gauge } from 'k6/metrics';
import { everyoneStaysLoggedIn, loadOf, noRequestFails, optionsWith } from './lib/options.ts';
import { figure, type SummaryData, summaryOf } from './lib/summary.ts';
import { prepare } from './lib/users.ts';
import { visit } from './lib/visit.ts';

const load = loadOf({ seconds: 40, users: 20 });
const part = (share: number) => `${Math.round(load.seconds * share)}s`;
const loadUrl = __ENV.LOAD_URL;
const instancesRunning = new Gauge('instances_running');
const scaledOut = new Counter('scaled_out');
const scaledIn = new Counter('scaled_in');

export const options = optionsWith(
  {
    visit: {
      executor: 'ramping-vus',
      startVUs: 2,
      stages: [
        { duration: part(0.25), target: load.users },
        { duration: part(0.25), target: load.users },
        { duration: part(0.15), target: 2 },
        { duration: part(0.35), target: 2 },
      ],
      gracefulStop: '15s',
    },
    ...(loadUrl && {
      tell: {
        executor: 'constant-arrival-rate',
        exec: 'tell',
        rate: 1,
        duration: `${load.seconds}s`,
        preAllocatedVUs: 1,
      },
    }),
  },
  {
    ...everyoneStaysLoggedIn(),
    ...noRequestFails(),
    'answers{slot:later}': ['count>0'],
    ...(loadUrl && { scaled_out: ['count>0'], scaled_in: ['count>0'] }),
  },
);

export const setup = () => prepare(load.users);
export default visit;

let before: number | undefined;

/** Tells the autoscaler how many users are active; this one here is none of them. */
export function tell(): void {
  const users = JSON.stringify({ users: exec.instance.vusActive - 1 });
  const answer = http.post(`${loadUrl}`, users, { tags: { kind: 'tell', name: 'tell' } });
  if (answer.status !== 200) exec.test.abort(`${loadUrl} must answer 200: ${answer.error || answer.body}`);
  const instances = Number(answer.json('instances'));
  instancesRunning.add(instances);
  if (before !== undefined && instances > before) scaledOut.add(1);
  if (before !== undefined && instances < before) scaledIn.add(1);
  before = instances;
}

export const handleSummary = summaryOf('11-autoscale', (data: SummaryData) =>
  loadUrl
    ? [['instances', `up to ${figure(data, 'instances_running', 'max')}, ${atTheEnd(data)} at the end`]]
    : [],
);

function atTheEnd(data: SummaryData): number {
  return figure(data, 'instances_running', 'value');
}

// How many reads a second does the deployment hold, and what happens to sessions beyond that?
//
// Rising rates (RATES=50,100,200,400,800 reads a second), each for an equal part of the time. A rate is held when no read
// failed, their p95 is below READ_P95_MS (500), and no more than 1 in 20 could not be sent in time. The summary says how
// far that went.

import type { Options, Scenario } from 'k6/options';
import { figure, milliseconds, type Row, type SummaryData } from './lib/figures.ts';
import { wholeNumbers } from './lib/numbers.ts';
import { commonOptions, readP95Ms, runSettings, unlessOnOneInstance } from './lib/options.ts';
import { endTraffic, logInUsers, type SetupData } from './lib/setup-data.ts';
import { summaryOf } from './lib/summary.ts';
import { summaryOnlyThresholds } from './lib/summary-only-thresholds.ts';
import { loggedInUser } from './lib/traffic.ts';

const run = runSettings({ seconds: 30, users: 30 });
const rates = wholeNumbers('RATES', __ENV.RATES || '50,100,200,400,800');
const stepS = Math.max(1, Math.floor(run.seconds / rates.length));
const steps = rates.map((rate, index) => ({
  rate,
  name: `step-${index + 1}`,
  mayMiss: (rate * stepS) / 20,
  times: `http_req_duration{scenario:step-${index + 1}}`,
  failures: `failed{scenario:step-${index + 1}}`,
  dropped: `dropped_iterations{scenario:step-${index + 1}}`,
}));

export const options: Options = {
  ...commonOptions,
  scenarios: Object.fromEntries(steps.map(({ name, rate }, index) => [name, stepAt(rate, index)])),
  thresholds: {
    ...summaryOnlyThresholds({
      trends: steps.map(({ times }) => times),
      rates: steps.map(({ failures }) => failures),
      counters: steps.map(({ dropped }) => dropped),
    }),
    // Whatever the overload, nobody is logged out: being slow is no reason to.
    sessions_lost: ['count==0'],
    // The second one because k6 lets a rate without samples pass, as when nobody met another instance.
    ...unlessOnOneInstance({ cross_instance_session_ok: ['rate==1'], instances_seen: ['max>1'] }),
    // The lowest rate is held. Which one that is, RATES says.
    'http_req_duration{scenario:step-1}': [`p(95)<${readP95Ms}`],
    'failed{scenario:step-1}': ['rate==0'],
    'dropped_iterations{scenario:step-1}': [`count<=${steps[0]?.mayMiss}`],
  },
};

function stepAt(rate: number, index: number): Scenario {
  const vus = { preAllocatedVUs: run.users, maxVUs: run.users };
  const when = { startTime: `${index * stepS}s`, duration: `${stepS}s`, gracefulStop: '2s' };
  return { executor: 'constant-arrival-rate', rate, ...vus, ...when };
}

export const setup = () => logInUsers({ ...run, seconds: stepS * rates.length });

export default function read(data: SetupData): void {
  loggedInUser(data).read();
}

export const teardown = endTraffic;
export const handleSummary = summaryOf('10-breakpoint', (data: SummaryData) => {
  const outcomes = steps.map(({ rate, mayMiss, times, failures, dropped }) => {
    const p95 = figure(data, times, 'p(95)');
    const failed = figure(data, failures, 'passes');
    const unsent = figure(data, dropped, 'count');
    return {
      rate,
      held: failed === 0 && p95 < readP95Ms && unsent <= mayMiss,
      text: `p95 ${milliseconds(p95)}, ${failed} failed, ${unsent} not sent in time`,
    };
  });
  const rows = outcomes.map(
    ({ rate, held, text }): Row => [`${rate} reads/s`, `${text}${held ? '' : ' – not held'}`],
  );
  const broken = outcomes.findIndex(({ held }) => !held);
  const highest = outcomes[broken === -1 ? outcomes.length - 1 : broken - 1]?.rate ?? 'fewer';
  const more = broken === -1 ? ', and perhaps more: give higher RATES' : '';
  return [...rows, ['held', `${highest} reads/s${more}`]];
});

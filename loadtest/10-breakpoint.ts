// How many reads a second does the deployment hold, and what happens to sessions beyond that?
//
// A staircase of rates (RATES=50,100,200,400,800 reads a second), each for an equal part of the time. A step is held when
// no read failed, their p95 is below READ_P95_MS (500), and no more than 1 in 20 could not be sent in time. The summary
// says how far that went. Thresholds: the lowest step is held (RATES sets it), and whatever the overload, nobody is
// logged out: being slow is no reason to.

import type { Scenario } from 'k6/options';
import { everyoneStaysLoggedIn, loadOf, optionsWith, readP95Ms, type Thresholds } from './lib/options.ts';
import { figure, milliseconds, type Row, type SummaryData, summaryOf } from './lib/summary.ts';
import { prepare, returningUser, type World } from './lib/users.ts';

const load = loadOf({ seconds: 30, users: 30 });
const rates = (__ENV.RATES || '50,100,200,400,800').split(',').map(Number);
const stepS = Math.max(1, Math.floor(load.seconds / rates.length));
const figuresOf = (rate: number) => ({
  times: `http_req_duration{scenario:at-${rate}}`,
  failures: `failed{scenario:at-${rate}}`,
  dropped: `dropped_iterations{scenario:at-${rate}}`,
});

const steps: Record<string, Scenario> = {};
const thresholds: Thresholds = everyoneStaysLoggedIn();
for (const [n, rate] of rates.entries()) {
  const vus = { preAllocatedVUs: load.users, maxVUs: load.users };
  const when = { startTime: `${n * stepS}s`, duration: `${stepS}s`, gracefulStop: '2s' };
  steps[`at-${rate}`] = { executor: 'constant-arrival-rate', rate, ...vus, ...when };
  const { times, failures, dropped } = figuresOf(rate);
  thresholds[times] = n === 0 ? [`p(95)<${readP95Ms}`] : ['max>=0'];
  thresholds[failures] = n === 0 ? ['rate==0'] : ['rate>=0'];
  thresholds[dropped] = n === 0 ? [`count<${(rate * stepS) / 20}`] : ['count>=0'];
}

export const options = optionsWith(steps, thresholds);
export const setup = () => prepare(load.users);

export default function read(world: World): void {
  returningUser(world).read();
}

export const handleSummary = summaryOf('10-breakpoint', (data: SummaryData) => {
  const steps = rates.map((rate) => ({ rate, ...stepOf(data, rate) }));
  const broken = steps.findIndex(({ held }) => !held);
  const held = steps[broken === -1 ? steps.length - 1 : broken - 1]?.rate ?? 'fewer';
  const rows = steps.map(
    ({ rate, held, text }): Row => [`${rate} reads/s`, `${text}${held ? '' : ' – not held'}`],
  );
  return [
    ...rows,
    ['held', `${held} reads/s${broken === -1 ? ', and perhaps more: give higher RATES' : ''}`],
  ];
});

function stepOf(data: SummaryData, rate: number) {
  const { times, failures, dropped } = figuresOf(rate);
  const p95 = figure(data, times, 'p(95)');
  const failed = figure(data, failures, 'passes');
  const unsent = figure(data, dropped, 'count');
  return {
    held: failed === 0 && p95 < readP95Ms && unsent <= (rate * stepS) / 20,
    text: `p95 ${milliseconds(p95)}, ${failed} failed, ${unsent} not sent in time`,
  };
}

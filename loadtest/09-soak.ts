// Does anything wear out: do sessions of people who are active run into a timeout, do answers get slower?
//
// The same load for a long time (DURATION=10m; hours are better). Run it longer than the deployment's idle timeout: who
// is active must stay logged in, so nobody may be logged out. Of the reads, fewer than 1 in 1,000 may fail, and their p95
// in the last third must stay below READ_P95_MS (500); the summary shows it beside the first third's.

import exec from 'k6/execution';
import { everyoneStaysLoggedIn, loadOf, optionsWith, readP95Ms, steadily } from './lib/options.ts';
import { inPhases, phaseRows } from './lib/phases.ts';
import { type SummaryData, summaryOf } from './lib/summary.ts';
import { prepare, type World } from './lib/users.ts';
import { visit } from './lib/visit.ts';

const load = loadOf({ seconds: 600, users: 20 });
const phases = ['first third', 'second third', 'last third'] as const;

export const options = optionsWith(
  { visit: steadily(load) },
  {
    ...everyoneStaysLoggedIn(),
    'failed{method:GET}': ['rate<0.001'],
    ...inPhases(phases),
    'http_req_duration{kind:read,phase:last third}': [`p(95)<${readP95Ms}`],
  },
);

export const setup = () => prepare(load.users);

export default function read(world: World): void {
  exec.vu.metrics.tags.phase = phases[Math.floor(exec.scenario.progress * phases.length)] ?? 'last third';
  visit(world);
}

export const handleSummary = summaryOf('09-soak', (data: SummaryData) => phaseRows(data, phases));

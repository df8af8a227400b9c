// Does anything wear out: do sessions of people who are active run into a timeout, do answers get slower?
//
// The same load for a long time (DURATION=10m; hours are better). Run it longer than the deployment's idle timeout: who
// is active must stay logged in.

import type { Options } from 'k6/options';
import type { SummaryData } from './lib/figures.ts';
import { commonOptions, constantUsers, readP95Ms, runSettings, unlessOnOneInstance } from './lib/options.ts';
import { phaseRows, readsIn, tagPhase } from './lib/phases.ts';
import { endTraffic, logInUsers, type SetupData } from './lib/setup-data.ts';
import { summaryOf } from './lib/summary.ts';
import { summaryOnlyThresholds } from './lib/summary-only-thresholds.ts';
import { visit } from './lib/traffic.ts';

const run = runSettings({ seconds: 600, users: 20 });
const phases = ['first third', 'second third', 'last third'] as const;

export const options: Options = {
  ...commonOptions,
  scenarios: { visit: constantUsers(run) },
  thresholds: {
    ...summaryOnlyThresholds({ trends: phases.map(readsIn) }),
    sessions_lost: ['count==0'],
    // The second one because k6 lets a rate without samples pass, as when nobody met another instance.
    ...unlessOnOneInstance({ cross_instance_session_ok: ['rate==1'], instances_seen: ['max>1'] }),
    // Not 0: within hours a network loses a request without anything wearing out.
    'failed{method:GET}': ['rate<0.001'],
    // The summary shows it beside the first third's.
    'http_req_duration{kind:read,phase:last third}': [`p(95)<${readP95Ms}`],
  },
};

export const setup = () => logInUsers(run);

export default function read(data: SetupData): void {
  tagPhase(phases);
  visit(data);
}

export const teardown = endTraffic;
export const handleSummary = summaryOf('09-soak', (data: SummaryData) => phaseRows(data, phases));

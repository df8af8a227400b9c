// Do logged-in users notice that instances are drained?
//
// After a third of the time instances are drained (SIGTERM, not SIGKILL) until one is left, under traffic. Nobody may be
// logged out, and no request may fail: not a GET, and not a POST either, which no proxy is allowed to repeat. At the end
// instances must really be gone.

import type { Options } from 'k6/options';
import { plannedChange } from './lib/deployment-change.ts';
import { commonOptions, constantUsers, runSettings, unlessOnOneInstance } from './lib/options.ts';
import { endChangedTraffic, logInUsers } from './lib/setup-data.ts';
import { summaryOf } from './lib/summary.ts';
import { summaryOnlyThresholds } from './lib/summary-only-thresholds.ts';
import { visit } from './lib/traffic.ts';

const run = runSettings({ seconds: 30, users: 20 });
const drainInstances = plannedChange('drain all instances but one', run);

export const options: Options = {
  ...commonOptions,
  scenarios: { visit: constantUsers(run), change: drainInstances.scenario },
  thresholds: {
    ...summaryOnlyThresholds(),
    sessions_lost: ['count==0'],
    // The second one because k6 lets a rate without samples pass, as when nobody met another instance.
    ...unlessOnOneInstance({ cross_instance_session_ok: ['rate==1'], instances_seen: ['max>1'] }),
    'failed{method:GET}': ['rate==0'],
    'failed{method:POST}': ['rate==0'],
    // Without that, nobody has scaled in.
    instances_gone: ['count>0'],
    // The traffic outlasts the change, or the change's end is not tested.
    changes_done_too_late: ['count==0'],
  },
};

export function setup() {
  drainInstances.announce();
  return logInUsers(run);
}

export default visit;
export const change = drainInstances.make;
export const teardown = endChangedTraffic;
export const handleSummary = summaryOf('04-scale-in', drainInstances.rows);

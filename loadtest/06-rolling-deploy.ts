// Does a deploy log people out?
//
// After a third of the time every instance is replaced by a new one, one after the other, under traffic. Nobody may be
// logged out, no request may fail, and in the end not one instance of the start may be left.

import type { Options } from 'k6/options';
import { plannedChange } from './lib/deployment-change.ts';
import { commonOptions, constantUsers, runSettings, unlessOnOneInstance } from './lib/options.ts';
import { endChangedTraffic, logInUsers } from './lib/setup-data.ts';
import { summaryOf } from './lib/summary.ts';
import { summaryOnlyThresholds } from './lib/summary-only-thresholds.ts';
import { visit } from './lib/traffic.ts';

// Three containers one after another take 20 s on two cores, and the change gets two thirds of the time.
const run = runSettings({ seconds: 60, users: 20 });
const replaceInstances = plannedChange('replace every instance, one after the other', run);

export const options: Options = {
  ...commonOptions,
  scenarios: { visit: constantUsers(run), change: replaceInstances.scenario },
  thresholds: {
    ...summaryOnlyThresholds(),
    sessions_lost: ['count==0'],
    // The second one because k6 lets a rate without samples pass, as when nobody met another instance.
    ...unlessOnOneInstance({ cross_instance_session_ok: ['rate==1'], instances_seen: ['max>1'] }),
    'failed{method:GET}': ['rate==0'],
    'failed{method:POST}': ['rate==0'],
    // Without these two, not every instance was replaced.
    instances_remaining: ['count==0'],
    instances_new: ['count>0'],
    // The traffic outlasts the change, or the change's end is not tested.
    changes_done_too_late: ['count==0'],
  },
};

export function setup() {
  replaceInstances.announce();
  return logInUsers(run);
}

export default visit;
export const change = replaceInstances.make;
export const teardown = endChangedTraffic;
export const handleSummary = summaryOf('06-rolling-deploy', replaceInstances.rows);

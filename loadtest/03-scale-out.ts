// Do logged-in users notice that instances are added?
//
// Users log in while there are few instances. After a third of the time more are added, under traffic. Nobody may be
// logged out, no request may fail, and the new instances must be there at the end and must have answered.

import type { Options } from 'k6/options';
import { plannedChange } from './lib/deployment-change.ts';
import { commonOptions, constantUsers, runSettings, unlessOnOneInstance } from './lib/options.ts';
import { endChangedTraffic, logInUsers } from './lib/setup-data.ts';
import { summaryOf } from './lib/summary.ts';
import { summaryOnlyThresholds } from './lib/summary-only-thresholds.ts';
import { visit } from './lib/traffic.ts';

const run = runSettings({ seconds: 30, users: 20 });
const addInstances = plannedChange('add instances', run);

export const options: Options = {
  ...commonOptions,
  scenarios: { visit: constantUsers(run), change: addInstances.scenario },
  thresholds: {
    ...summaryOnlyThresholds(),
    sessions_lost: ['count==0'],
    // The second one because k6 lets a rate without samples pass, as when nobody met another instance.
    ...unlessOnOneInstance({ cross_instance_session_ok: ['rate==1'], instances_seen: ['max>1'] }),
    'failed{method:GET}': ['rate==0'],
    'failed{method:POST}': ['rate==0'],
    // There are new instances, and users were answered by them: without that, nobody has scaled out.
    instances_new: ['count>0'],
    'answers{instance_index:new}': ['count>0'],
    // The traffic outlasts the change, or the change's end is not tested.
    changes_done_too_late: ['count==0'],
  },
};

export function setup() {
  addInstances.announce();
  return logInUsers(run);
}

export default visit;
export const change = addInstances.make;
export const teardown = endChangedTraffic;
export const handleSummary = summaryOf('03-scale-out', addInstances.rows);

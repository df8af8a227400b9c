// Who is logged out when an instance dies, and does a reader see an error?
//
// After a third of the time one instance is killed (SIGKILL) under traffic. Nobody may be logged out, and no GET may
// fail: the proxy asks another instance.

import type { Options } from 'k6/options';
import { plannedChange } from './lib/deployment-change.ts';
import { commonOptions, constantUsers, runSettings, unlessOnOneInstance } from './lib/options.ts';
import { endChangedTraffic, logInUsers } from './lib/setup-data.ts';
import { summaryOf } from './lib/summary.ts';
import { summaryOnlyThresholds } from './lib/summary-only-thresholds.ts';
import { visit } from './lib/traffic.ts';

const run = runSettings({ seconds: 15, users: 20 });
const killInstance = plannedChange('kill one instance (SIGKILL)', run);

export const options: Options = {
  ...commonOptions,
  scenarios: { visit: constantUsers(run), change: killInstance.scenario },
  thresholds: {
    ...summaryOnlyThresholds(),
    sessions_lost: ['count==0'],
    // The second one because k6 lets a rate without samples pass, as when nobody met another instance.
    ...unlessOnOneInstance({ cross_instance_session_ok: ['rate==1'], instances_seen: ['max>1'] }),
    'failed{method:GET}': ['rate==0'],
    // A POST in flight may be lost: nobody knows whether it was carried out, so nothing may repeat it (RFC 9110,
    // section 9.2.2).
    'failed{method:POST}': ['rate<0.05'],
    // Take this one out where the platform starts a dead instance again under the same name.
    instances_gone: ['count>0'],
    // The traffic outlasts the change, or the change's end is not tested.
    changes_done_too_late: ['count==0'],
  },
};

export function setup() {
  killInstance.announce();
  return logInUsers(run);
}

export default visit;
export const change = killInstance.make;
export const teardown = endChangedTraffic;
export const handleSummary = summaryOf('05-crash', killInstance.rows);

// Five times the users within a second: does anybody lose a request or the session?
//
// The additional users come after a third of the time and stay for a third.

import type { Options } from 'k6/options';
import { commonOptions, duration, readP95Ms, runSettings, unlessOnOneInstance } from './lib/options.ts';
import { endTraffic, logInUsers } from './lib/setup-data.ts';
import { summaryOf } from './lib/summary.ts';
import { summaryOnlyThresholds } from './lib/summary-only-thresholds.ts';
import { visit } from './lib/traffic.ts';

const run = runSettings({ seconds: 30, users: 50 });
// Two seconds are for the changes.
const third = duration((run.seconds - 2) / 3);
const fewUsers = Math.ceil(run.users / 5);

export const options: Options = {
  ...commonOptions,
  scenarios: {
    visit: {
      executor: 'ramping-vus',
      startVUs: fewUsers,
      stages: [
        { duration: third, target: fewUsers },
        { duration: '1s', target: run.users },
        { duration: third, target: run.users },
        { duration: '1s', target: fewUsers },
        { duration: third, target: fewUsers },
      ],
      gracefulStop: '15s',
    },
  },
  thresholds: {
    ...summaryOnlyThresholds(),
    sessions_lost: ['count==0'],
    // The second one because k6 lets a rate without samples pass, as when nobody met another instance.
    ...unlessOnOneInstance({ cross_instance_session_ok: ['rate==1'], instances_seen: ['max>1'] }),
    'failed{method:GET}': ['rate==0'],
    'failed{method:POST}': ['rate==0'],
    // Over the whole run: most of its reads are made by the additional users.
    'http_req_duration{kind:read}': [`p(95)<${readP95Ms}`],
  },
};

export const setup = () => logInUsers(run);
export default visit;
export const teardown = endTraffic;
export const handleSummary = summaryOf('08-spike');

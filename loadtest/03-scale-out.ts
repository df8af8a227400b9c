// Do logged-in users notice that instances are added?
//
// Users are logged in while there are few instances. After a third of the time more are added, under traffic. Nobody may
// be logged out, no request may fail, and the new instances must be there at the end and must have answered.

import { changeUnderTraffic } from './lib/change.ts';
import { noRequestFails } from './lib/options.ts';
import { visit } from './lib/visit.ts';

export const { options, setup, change, teardown, handleSummary } = changeUnderTraffic({
  script: '03-scale-out',
  what: 'add instances',
  seconds: 30,
  thresholds: {
    ...noRequestFails(),
    instances_new: ['count>0'],
    'answers{slot:later}': ['count>0'],
  },
});

export default visit;

// Does a deploy log people out?
//
// After a third of the time every instance is replaced by a new one, one after the other, under traffic. Nobody may be
// logged out, no request may fail, and in the end not one instance of the start may be left.

import { changeUnderTraffic } from './lib/change.ts';
import { noRequestFails } from './lib/options.ts';
import { visit } from './lib/visit.ts';

export const { options, setup, change, teardown, handleSummary } = changeUnderTraffic({
  script: '06-rolling-deploy',
  what: 'replace every instance, one after the other',
  seconds: 60, // three containers after one another take 20 s on two cores
  thresholds: {
    ...noRequestFails(),
    instances_left: ['count==0'],
    instances_new: ['count>0'],
  },
});

export default visit;

// Do logged-in users notice that instances are taken away in good order?
//
// After a third of the time instances are drained (SIGTERM, not SIGKILL) until one is left, under traffic. Nobody may be
// logged out, and no request may fail: not a GET, and not a POST either, which no proxy is allowed to repeat. At the end
// instances must really be gone.

import { changeUnderTraffic } from './lib/change.ts';
import { noRequestFails } from './lib/options.ts';
import { visit } from './lib/visit.ts';

export const { options, setup, change, teardown, handleSummary } = changeUnderTraffic({
  script: '04-scale-in',
  what: 'drain all instances but one',
  seconds: 30,
  thresholds: {
    ...noRequestFails(),
    instances_gone: ['count>0'],
  },
});

export default visit;

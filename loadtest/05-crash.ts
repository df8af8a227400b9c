// Who is logged out when an instance dies, and does a reader see an error?
//
// After a third of the time one instance is killed (SIGKILL) under traffic. Nobody may be logged out and no GET may fail:
// the proxy asks another instance. A POST that was in flight may be lost: nobody knows whether it was carried out, so
// nothing may repeat it (RFC 9110, section 9.2.2). The dead instance must be gone at the end; where a platform starts it
// again under the same name, that threshold (instances_gone) is the one to take out.

import { changeUnderTraffic } from './lib/change.ts';
import { visit } from './lib/visit.ts';

export const { options, setup, change, teardown, handleSummary } = changeUnderTraffic({
  script: '05-crash',
  what: 'kill one instance (SIGKILL)',
  seconds: 15,
  thresholds: {
    'failed{method:GET}': ['rate==0'],
    'failed{method:POST}': ['rate<0.05'],
    instances_gone: ['count>0'],
  },
});

export default visit;

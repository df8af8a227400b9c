// Scripts about a change: users are logged in, and after a third of the run, by k6's own clock, something is done to the
// deployment under their traffic. Who does it:
//
//   CHANGE_URL is set: it gets a POST, makes the change, and answers 200 when it is done. `npm run load` does that,
//   and so can anybody's own automation.
//   Otherwise the script says NOW, and you make the change by hand.

import exec from 'k6/execution';
import http from 'k6/http';
import { Trend } from 'k6/metrics';
import { compareInstances } from './instances.ts';
import { everyoneStaysLoggedIn, loadOf, optionsWith, steadily, type Thresholds } from './options.ts';
import { summaryOf } from './summary.ts';
import { prepare } from './users.ts';

export interface Change {
  readonly script: string;
  /** What is to be done, as one says it to a person: `add instances`. */
  readonly what: string;
  /** How long the script runs when DURATION does not say: the change must fit into two thirds of it. */
  readonly seconds: number;
  /** Besides that everyone stays logged in. */
  readonly thresholds: Thresholds;
}

const changeUrl = __ENV.CHANGE_URL;
const changeMs = new Trend('change_ms', true);

/** All that a script about a change exports, but for its default function. */
export function changeUnderTraffic({ script, what, seconds, thresholds }: Change) {
  const load = loadOf({ seconds, users: 20 });
  const dueAfterS = Math.round(load.seconds / 3);
  // The traffic has to outlast the change, or its end is not tested. By hand nobody knows when it is done.
  const endsInTime = changeUrl ? { change_ms: [`max<${(load.seconds - dueAfterS - 1) * 1000}`] } : {};

  return {
    options: optionsWith(
      {
        visit: steadily(load),
        change: {
          executor: 'per-vu-iterations',
          exec: 'change',
          vus: 1,
          iterations: 1,
          startTime: `${dueAfterS}s`,
          maxDuration: '180s',
        },
      },
      { ...everyoneStaysLoggedIn(), ...endsInTime, ...thresholds },
    ),
    setup() {
      if (!changeUrl) console.warn(`${dueAfterS} s after the traffic has begun: ${what}. You will be told.`);
      return prepare(load.users);
    },
    change: () => makeChange(what),
    teardown: compareInstances,
    handleSummary: summaryOf(script),
  };
}

/** Has the change made, or asks for it. Ends the run when it could not be made. */
function makeChange(what: string): void {
  if (!changeUrl) {
    console.warn(`NOW: ${what}.`);
    return;
  }
  const start = Date.now();
  const answer = http.post(changeUrl, null, { timeout: '170s', tags: { kind: 'change', name: 'change' } });
  if (answer.status !== 200) exec.test.abort(`To ${what} did not succeed: ${answer.error || answer.body}`);
  changeMs.add(Date.now() - start);
}

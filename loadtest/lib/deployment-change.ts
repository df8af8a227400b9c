// A change of the deployment under traffic, by k6's own clock after a third of the run, or after CHANGE_AFTER=10s. Who
// makes it:
//
//   CHANGE_URL is set: it gets a POST, makes the change, and answers 200 when it is done. `npm run load` does that,
//   and so can anybody's own automation.
//   Otherwise the script says NOW, and you make the change by hand.

import exec from 'k6/execution';
import http from 'k6/http';
import { Counter, Trend } from 'k6/metrics';
import type { Scenario } from 'k6/options';
import { figure, type Row, type SummaryData } from './figures.ts';
import { type RunSettings, secondsIn } from './options.ts';
import { demandInstanceNames } from './target.ts';

const changeUrl = __ENV.CHANGE_URL;
const changeMs = new Trend('change_ms', true);
/** Changes that were done so late that no traffic was left to show their end. By hand nobody knows when that is. */
const changesDoneTooLate = new Counter('changes_done_too_late');

export interface DeploymentChange {
  /** For a scenario beside the traffic: calls the script's exported function `change` once, when it is due. */
  readonly scenario: Scenario;
  /** For setup(): says when the change is due, where a person makes it. */
  readonly announce: () => void;
  /** Has the change made, or asks for it. Ends the run when it could not be made. */
  readonly make: () => void;
  /** For the summary. */
  readonly rows: (data: SummaryData) => readonly Row[];
}

/** How long the traffic lasts at least when the change is done, in seconds. */
const trafficAfterwardsS = 1;

/** @param what is to be done, as one says it to a person: `add instances`. */
export function plannedChange(what: string, run: RunSettings): DeploymentChange {
  const dueAfterS = __ENV.CHANGE_AFTER ? secondsIn(__ENV.CHANGE_AFTER) : Math.round(run.seconds / 3);
  demandInstanceNames();
  if (!(dueAfterS < run.seconds - trafficAfterwardsS))
    throw new Error(`CHANGE_AFTER takes a time within the run, such as 10s, not ${__ENV.CHANGE_AFTER}`);
  const timeForItMs = (run.seconds - dueAfterS - trafficAfterwardsS) * 1000;
  return {
    scenario: {
      executor: 'per-vu-iterations',
      exec: 'change',
      vus: 1,
      iterations: 1,
      startTime: `${dueAfterS}s`,
      maxDuration: '180s',
    },
    announce() {
      if (!changeUrl) console.warn(`${dueAfterS} s after the traffic has begun: ${what}. You will be told.`);
    },
    make() {
      if (!changeUrl) {
        console.warn(`NOW: ${what}.`);
        return;
      }
      const start = Date.now();
      const answer = http.post(changeUrl, null, {
        timeout: '170s',
        tags: { kind: 'change', name: 'change' },
      });
      if (answer.status !== 200) exec.test.abort(`Could not ${what}: ${answer.error || answer.body}`);
      const tookMs = Date.now() - start;
      changeMs.add(tookMs);
      if (tookMs >= timeForItMs) changesDoneTooLate.add(1);
    },
    rows(data) {
      if (!changeUrl) return [];
      const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
      const took = `took ${seconds(figure(data, 'change_ms', 'max'))} of the ${seconds(timeForItMs)} that it may`;
      return [['change', `${what}: ${took}`]];
    },
  };
}

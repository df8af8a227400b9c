// Thresholds that judge nothing. k6 keeps the figures of a tag (`http_req_duration{kind:read}`) only where a threshold
// names it (https://grafana.com/docs/k6/latest/using-k6/thresholds/, "thresholds on tags"); for the figures that are only
// shown in the summary there is one here that always holds. A script's own threshold on the same figure replaces it.

import { indexedInstances, throttledBy } from './answer-metrics.ts';
import type { Thresholds } from './options.ts';

const alwaysHolds = { trend: 'max>=0', rate: 'rate>=0', counter: 'count>=0' };

/** Whether a threshold judges nothing, so that the summary leaves it out. */
export function isSummaryOnly(threshold: string): boolean {
  return Object.values(alwaysHolds).includes(threshold);
}

export interface MoreFigures {
  readonly trends?: readonly string[];
  readonly rates?: readonly string[];
  readonly counters?: readonly string[];
}

/** For the figures that every summary shows, and for those that only this script's summary does. */
export function summaryOnlyThresholds({
  trends = [],
  rates = [],
  counters = [],
}: MoreFigures = {}): Thresholds {
  const kinds = ['login', 'read', 'write'];
  const indexes = [...Array.from({ length: indexedInstances }, (_, index) => String(index)), 'new', 'other'];
  const all = {
    trend: [...kinds.map((kind) => `http_req_duration{kind:${kind}}`), ...trends],
    rate: [...kinds.map((kind) => `failed{kind:${kind}}`), ...rates],
    counter: [
      ...indexes.map((index) => `answers{instance_index:${index}}`),
      ...throttledBy.map((by) => `throttled{by:${by}}`),
      ...counters,
    ],
  };
  return Object.fromEntries(
    (['trend', 'rate', 'counter'] as const).flatMap((type) =>
      all[type].map((metric) => [metric, [alwaysHolds[type]]]),
    ),
  );
}

// Holds what a HorizontalPodAutoscaler has decided against what the laboratory's rule makes of the same figures.

import {
  decide,
  type Recommendation,
  type Rule,
  recommend,
} from '../../services/lab/src/autoscaler/decision.ts';
import type { ObservedStep } from '../../services/lab/src/fleet/kubernetes/horizontal-pod-autoscaler.ts';

/** What infra/kubernetes/base/autoscaler.yaml allows: one pod more or less than so many seconds ago. */
const changesEverySeconds = 10;
/**
 * It decides every two seconds (horizontal-pod-autoscaler-sync-period) and shows a decision only when it differs from the one
 * before; and what it shows is seen later, on a busy machine by some seconds. So a time may be off by that much.
 */
const offBySeconds = [0, 2, 5];

export interface Comparison {
  /** Decisions for whose figures the rule allows one answer. */
  readonly determined: number;
  /** Decisions of which the figures do not tell how many instances had been measured, or which side of a window's edge it was. */
  readonly ambiguous: number;
  /** Decisions that the rule would have made in no case, in words. */
  readonly others: readonly string[];
}

export function compare(steps: readonly ObservedStep[], rule: Rule): Comparison {
  const answers = steps.map((_, n) => possibleAnswers(steps, n, rule));
  const sizes = answers.map(({ size }) => size);
  return {
    determined: sizes.filter((size) => size === 1).length,
    ambiguous: sizes.filter((size) => size > 1).length,
    others: steps.flatMap((step, n) => {
      const possible = answers[n] ?? new Set();
      if (possible.has(step.desired)) return [];
      const { atSeconds, instances, metric, desired } = step;
      return [
        `after ${atSeconds} s, ${instances} at ${metric}: ${desired}, not ${[...possible].join(' or ')}`,
      ];
    }),
  };
}

function possibleAnswers(steps: readonly ObservedStep[], n: number, rule: Rule): ReadonlySet<number> {
  const step = steps[n];
  if (step === undefined) return new Set();
  const answers = new Set<number>();
  for (const measured of measuredIn(step)) {
    for (const which of ['fewest', 'most'] as const) {
      for (const off of offBySeconds) {
        const past = recommendationsBefore(steps.slice(0, n + 1), rule, which, off);
        const { desired } = decide({ ...step, measured }, past, rule);
        const before = instancesAt(steps, step.atSeconds - changesEverySeconds + off - 2);
        const limited = Math.min(before + 1, Math.max(before - 1, desired));
        // What has been changed already is not taken back by the limit.
        answers.add(
          desired > step.instances ? Math.max(step.instances, limited) : Math.min(step.instances, limited),
        );
      }
    }
  }
  return answers;
}

/** How many there were at a time: as many as the last step before it, once carried out, has left. */
function instancesAt(steps: readonly ObservedStep[], atSeconds: number): number {
  const earlier = steps.filter((step) => step.atSeconds <= atSeconds).at(-1);
  return earlier?.desired ?? steps[0]?.instances ?? 0;
}

/** Each was recommended again and again, until shortly before another one was. */
function recommendationsBefore(
  steps: readonly ObservedStep[],
  rule: Rule,
  which: 'fewest' | 'most',
  off: number,
): Recommendation[] {
  return steps.slice(0, -1).map((step, n) => {
    const all = measuredIn(step).map((measured) => recommend({ ...step, measured }, rule));
    const until = steps[n + 1]?.atSeconds ?? step.atSeconds;
    return {
      atSeconds: Math.max(step.atSeconds, until - off),
      instances: which === 'fewest' ? Math.min(...all) : Math.max(...all),
    };
  });
}

function measuredIn({ measuredAtLeast, measuredAtMost }: ObservedStep): number[] {
  return Array.from({ length: measuredAtMost - measuredAtLeast + 1 }, (_, more) => measuredAtLeast + more);
}

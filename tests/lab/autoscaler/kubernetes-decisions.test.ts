// That the laboratory's rule decides what Kubernetes decided, on the recorded runs of docs/results, and that a decision that
// Kubernetes would not have made is found.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import {
  type ObservedStep,
  scaleDownWindowSeconds,
} from '../../../services/lab/src/fleet/kubernetes/horizontal-pod-autoscaler.ts';
import { compare } from '../../support/kubernetes-decisions.ts';

interface Run {
  readonly strategy: string;
  readonly figures: { readonly decisions: readonly ObservedStep[]; readonly targetMilliCores: number };
}

const recorded = join(import.meta.dirname, '../../../docs/results/autoscale-on-kubernetes.json');
const runs: readonly Run[] = JSON.parse(readFileSync(recorded, 'utf8')).results;
const ruleOf = ({ figures }: Run) => ({
  ...{ target: figures.targetMilliCores, min: 1, max: 4, scaleDownWindowSeconds },
});

test.each(runs)('every decision of the run with $strategy', (run) => {
  const { determined, ambiguous, others } = compare(run.figures.decisions, ruleOf(run));
  expect(others).toEqual([]);
  expect(determined).toBeGreaterThan(ambiguous);
});

test('a decision for one instance more or less than Kubernetes’ is found in five of six places', () => {
  const changed = runs.flatMap((run) =>
    run.figures.decisions.flatMap((_, at) =>
      [-1, 1].map((more) => {
        const steps = run.figures.decisions.map((step, n) =>
          n === at ? { ...step, desired: step.desired + more } : step,
        );
        return compare(steps, ruleOf(run)).others.length > 0;
      }),
    ),
  );
  expect(changed.length).toBeGreaterThan(100);
  expect(changed.filter((found) => found).length / changed.length).toBeGreaterThan(5 / 6);
});

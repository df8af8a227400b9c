// Kubernetes' own autoscaler at work, as `npm run demo -- --fleet kubernetes --only autoscale --picture FILE` shows it, and two
// experiments more. What it decided is held against the laboratory's own rule, decision by decision.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { root } from '../../services/lab/src/fleet/compose/images.ts';
import {
  type ObservedStep,
  scaleDownWindowSeconds,
} from '../../services/lab/src/fleet/kubernetes/horizontal-pod-autoscaler.ts';
import { Command } from '../support/command.ts';
import { compare } from '../support/kubernetes-decisions.ts';

const experiments = ['cross-instance-login', 'rolling-replacement', 'autoscale'];
/** Each takes three minutes. With FULL=true all that the picture in README.md has. */
const strategies = process.env.FULL === 'true' ? ['memory', 'sticky', 'redis'] : ['redis'];
const json = join(root, '.cache/demo-on-kubernetes-test.json');
const picture = json.replace('.json', '.svg');

test('it scales 1 → 4 → 1 by what the instances use of the processor; with Redis nobody notices; our rule decides the same', async () => {
  await using demo = new Command('services/lab/src/commands/demo.ts', [
    ...['--fleet', 'kubernetes', '--only', experiments.join(','), '--strategy', strategies.join(',')],
    ...['--json', json, '--picture', picture],
  ]);
  expect([await demo.exitCode(), demo.output]).toEqual([0, expect.stringContaining('outcomes as expected')]);

  const { results } = JSON.parse(readFileSync(json, 'utf8'));
  const runs = results.filter(({ experiment }: { experiment: string }) => experiment === 'autoscale');
  expect(runs.map(({ strategy }: { strategy: string }) => strategy)).toEqual(strategies);
  for (const { strategy, figures } of runs) {
    expect(figures).toMatchObject({ autoscaler: 'HorizontalPodAutoscaler', mostInstances: 4 });
    const decisions: readonly ObservedStep[] = figures.decisions;
    const rule = { target: figures.targetMilliCores, min: 1, max: 4, scaleDownWindowSeconds };
    const { determined, ambiguous, others } = compare(decisions, rule);
    console.log(
      `${strategy}: ${decisions.length} decisions, ${determined} with one answer, ${ambiguous} with several`,
    );
    expect(others).toEqual([]);
    expect(determined).toBeGreaterThanOrEqual(5);
  }
  const svg = readFileSync(picture, 'utf8');
  for (const strategy of strategies) expect(svg).toContain(`>${strategy}</text>`);
  expect(svg).toContain('HorizontalPodAutoscaler');
}, 1_200_000);

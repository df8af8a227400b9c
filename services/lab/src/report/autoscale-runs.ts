// The figures of the experiment `autoscale` as the picture needs them.

import { z } from 'zod';
import type { ExperimentResult } from '../experiments/run-experiments.ts';
import type { Strategy } from '../fleet/fleet.ts';

const drawnFigures = z.object({
  instances: z.number(),
  users: z.number(),
  loggedOut: z.number(),
  targetRequestsPerSecond: z.number(),
  autoscaler: z.string(),
  targetMilliCores: z.number(),
  timeLine: z
    .array(
      z.object({
        second: z.number(),
        requests: z.number(),
        instances: z.number(),
        usersLoggedIn: z.number(),
        usersStillLoggedIn: z.number(),
      }),
    )
    .min(1),
});

export interface AutoscaleRun extends z.output<typeof drawnFigures> {
  readonly strategy: Strategy;
}
export type RunSecond = AutoscaleRun['timeLine'][number];
export type Point = [second: number, value: number];

/** The strategies with which the experiment came to its end; other experiments are passed over. */
export function autoscaleRuns(results: readonly ExperimentResult[]): readonly AutoscaleRun[] {
  return results.flatMap(({ experiment, strategy, figures }) => {
    const parsed = drawnFigures.safeParse(figures);
    return experiment === 'autoscale' && parsed.success ? [{ strategy, ...parsed.data }] : [];
  });
}

/** A second's figures are drawn at its end. The line starts with those of the first. */
export function points({ timeLine }: AutoscaleRun, value: (second: RunSecond) => number): Point[] {
  const atTheEnds = timeLine.map((second): Point => [second.second + 1, value(second)]);
  return [...timeLine.slice(0, 1).map((first): Point => [0, value(first)]), ...atTheEnds];
}

/** The load in the unit of the instances: how many of them it is work for, by the autoscaler's target. */
export function loadInInstances(run: AutoscaleRun): Point[] {
  return points(run, ({ requests }) => requests / run.targetRequestsPerSecond);
}

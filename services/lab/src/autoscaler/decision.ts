// How many instances there should be: the rule of Kubernetes' Horizontal Pod Autoscaler, without the clock and the fleet.
// https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#algorithm-details

export interface Rule {
  /** What the metric should be on an average instance, in the metric's own unit. More than 0. */
  readonly target: number;
  /** Instances at least, 1 or more. */
  readonly min: number;
  /** Instances at most, `min` or more. */
  readonly max: number;
  /** How far the metric may be from its target before anything is changed, as a share. Default 0.1, as in Kubernetes. */
  readonly tolerance?: number;
  /**
   * The fleet only shrinks to the highest number that was recommended within so many seconds, 0 or more: a load that
   * dips for a moment is to cost no instances. Kubernetes' default is 300.
   */
  readonly scaleDownWindowSeconds: number;
}

/** What was measured at one time. */
export interface Measurement {
  /** On any clock that only goes forward. */
  readonly atSeconds: number;
  /** How many instances there are, 0 or more. */
  readonly instances: number;
  /** The metric on an average instance, 0 or more. */
  readonly metric: number;
  /**
   * How many instances it is the average of, 1 or more. New ones have not been measured yet: they count as idle where the others
   * have too much to do, and as on target where they have too little. Default: all.
   */
  readonly measured?: number;
}

/** What the formula alone recommended at one time. */
export interface Recommendation {
  readonly atSeconds: number;
  readonly instances: number;
}

export interface Decision {
  /** How many instances there should be now. */
  readonly desired: number;
  /** The past recommendations that the next decision needs: hand them in as `past`. */
  readonly past: readonly Recommendation[];
}

/**
 * Scales out at once, and in only to the highest number that was recommended within the window. At the very start
 * `past` is one recommendation of as many instances as there are, so that a new autoscaler waits before it removes
 * any.
 *
 * @throws {RangeError} when the rule or the measurement is outside the ranges above.
 */
export function decide(now: Measurement, past: readonly Recommendation[], rule: Rule): Decision {
  const recommended = recommend(now, rule);
  const inWindow = past.filter(({ atSeconds }) => atSeconds > now.atSeconds - rule.scaleDownWindowSeconds);
  const highest = Math.max(recommended, ...inWindow.map(({ instances }) => instances));
  const desired = recommended >= now.instances ? recommended : Math.min(now.instances, highest);
  return {
    desired: between(rule.min, desired, rule.max),
    past: [...inWindow, { atSeconds: now.atSeconds, instances: recommended }],
  };
}

/**
 * The formula: as many instances as bring the average to the target, rounded up. Not held to `min` and `max`.
 *
 * @throws {RangeError} as {@link decide} does.
 */
export function recommend({ instances, metric, measured = instances }: Measurement, rule: Rule): number {
  const { target, min, max, tolerance = 0.1, scaleDownWindowSeconds } = rule;
  demand(Number.isInteger(min) && min >= 1, 'min is a whole number from 1', min);
  demand(Number.isInteger(max) && max >= min, `max is a whole number from min, ${min}`, max);
  demand(target > 0, 'target is more than 0', target);
  demand(tolerance >= 0, 'tolerance is 0 or more', tolerance);
  demand(scaleDownWindowSeconds >= 0, 'scaleDownWindowSeconds is 0 or more', scaleDownWindowSeconds);
  demand(Number.isFinite(metric) && metric >= 0, 'a metric is 0 or more', metric);
  demand(measured > 0 || instances === 0, 'measured instances are 1 or more', measured);

  // Written so that round figures stay round in floating point: 1.1 - 1 is more than 0.1, and 7 × (290 / 70) is more
  // than 29, which would be rounded up to 30.
  const isOnTarget = (average: number) => Math.abs(average - target) <= tolerance * target;
  if (measured === instances)
    return isOnTarget(metric) ? instances : Math.ceil((instances * metric) / target);
  const total = measured * metric + (metric > target ? 0 : (instances - measured) * target);
  const average = total / instances;
  // New instances can turn too much into enough, and are given the time; they never turn it into the opposite.
  if (isOnTarget(average) || metric > target !== average > target) return instances;
  return Math.ceil(total / target);
}

function between(min: number, wanted: number, max: number): number {
  return Math.min(max, Math.max(min, wanted));
}

function demand(condition: boolean, sentence: string, value: number): void {
  if (!condition) throw new RangeError(`For an autoscaler ${sentence}, not ${value}.`);
}

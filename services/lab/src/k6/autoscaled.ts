// The laboratory's autoscaler under a script's load: k6 says how many users are active, and that is its metric.

import { z } from 'zod';
import { Autoscaler } from '../autoscaler/autoscaler.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Action } from './change-server.ts';

/** Instances are only taken away that nobody asked for so long, in seconds: short, for a run of less than a minute. */
const scaleDownWindowSeconds = 4;

const report = z.object({ users: z.number().min(0) });

export interface AutoscaledFleet extends AsyncDisposable {
  /** Takes `{"users": 12}` and answers `{"instances": 3}`. Fails when the autoscaler has. */
  readonly load: Action;
}

/** Active users for each instance: with the script's 20 users three instances are wanted, and one for its 2. */
const usersPerInstance = 7;

/**
 * Holds the fleet between one and `max` instances. Each user waits for an answer before the next request, so the number
 * of active users follows the load alone, whatever the instances do.
 */
export function startLoadAutoscaler(fleet: Fleet, max: number): AutoscaledFleet {
  let users = 0;
  const autoscaler = new Autoscaler({
    ...{ fleet, target: usersPerInstance, min: 1, max, scaleDownWindowSeconds },
    metric: (instances) => users / Math.max(1, instances),
  });
  return {
    async load(body) {
      ({ users } = report.parse(body));
      if (autoscaler.failure) throw autoscaler.failure;
      return { instances: (await fleet.instances()).length };
    },
    [Symbol.asyncDispose]: () => autoscaler[Symbol.asyncDispose](),
  };
}

// The laboratory's autoscaler while a script runs: its metric is the number of active users, which k6 reports.

import { z } from 'zod';
import { Autoscaler } from '../autoscaler/autoscaler.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Action } from './control-server.ts';

/** How many users one instance is to have: for the script's 20 users three instances are wanted, for its 2 users one. */
const usersPerInstance = 7;
/** How long fewer instances must have been enough before one is drained. Short, for a run of less than a minute. */
const scaleDownWindowSeconds = 4;

const report = z.object({ users: z.number().min(0) });

export interface ActiveUsersAutoscaler extends AsyncDisposable {
  /** Takes `{"users": 12}` and answers `{"instances": 3}`. Fails when the autoscaler has. */
  readonly report: Action;
}

/**
 * Keeps the fleet between one and `max` instances. Each user waits for an answer before the next request, so the number
 * of active users follows the load alone, whatever the instances do.
 */
export function startActiveUsersAutoscaler(fleet: Fleet, max: number): ActiveUsersAutoscaler {
  let users = 0;
  const autoscaler = new Autoscaler({
    ...{ fleet, target: usersPerInstance, min: 1, max, scaleDownWindowSeconds },
    metric: (instances) => users / Math.max(1, instances),
  });
  return {
    async report(body) {
      ({ users } = report.parse(body));
      if (autoscaler.failure) throw autoscaler.failure;
      return { instances: (await fleet.instances()).length };
    },
    [Symbol.asyncDispose]: () => autoscaler[Symbol.asyncDispose](),
  };
}

import { startComposeFleet } from './compose/start-compose-fleet.ts';
import type { Fleet, FleetKind, FleetOptions } from './fleet.ts';
import { startKubernetesFleet } from './kubernetes/start-kubernetes-fleet.ts';
import { startProcessFleet } from './processes/start-process-fleet.ts';

const starts: Readonly<Record<FleetKind, (options: FleetOptions) => Promise<Fleet>>> = {
  processes: startProcessFleet,
  compose: startComposeFleet,
  kubernetes: startKubernetesFleet,
};

/**
 * @throws {NotPossibleHere} @throws {FleetError} as {@link startProcessFleet}, {@link startComposeFleet} and
 *   {@link startKubernetesFleet} do
 */
export function startFleet(kind: FleetKind, options: FleetOptions): Promise<Fleet> {
  return starts[kind](options);
}

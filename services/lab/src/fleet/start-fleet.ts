// Which kinds of fleet there are. The first is the default.

import { startComposeFleet } from './compose/start-compose-fleet.ts';
import type { Fleet, FleetOptions } from './fleet.ts';
import { startProcessFleet } from './processes/start-process-fleet.ts';

export const fleetKinds = ['processes', 'compose'] as const;
export type FleetKind = (typeof fleetKinds)[number];

const starts: Readonly<Record<FleetKind, (options: FleetOptions) => Promise<Fleet>>> = {
  processes: startProcessFleet,
  compose: startComposeFleet,
};

/** @throws {NotPossibleHere} @throws {FleetError} as {@link startProcessFleet} and {@link startComposeFleet} do */
export function startFleet(kind: FleetKind, options: FleetOptions): Promise<Fleet> {
  return starts[kind](options);
}

import type { ReadProfile } from './profile/read-profile.ts';
import type { ReadFigures } from './sections/authenticated-read.ts';
import type { SharingResult } from './sections/behind-nginx.ts';
import type { CommandFigures } from './sections/commands-per-request.ts';
import type { LoginStormFigures } from './sections/login-storm.ts';
import type { LoginFigures } from './sections/logins.ts';
import type { MemoryFigures } from './sections/memory.ts';
import type { OutageFigures } from './sections/outage.ts';
import type { ReplicatedLoginFigures } from './sections/replicated-logins.ts';
import type { RequestCosts } from './sections/request-costs.ts';

/** What was measured, by section. A section that did not run is absent. */
export interface BenchFigures {
  /** What the load generator can do at most, in requests per second. */
  readonly generatorMaxPerSecond?: number;
  /** Milliseconds that the relay adds to a round trip to Redis: as wanted, and as measured in this run. */
  readonly addedRoundTripMs?: { readonly wanted: number; readonly measured: number };
  readonly read?: readonly ReadFigures[];
  readonly requestCosts?: readonly RequestCosts[];
  readonly behindNginx?: SharingResult;
  readonly memory?: readonly MemoryFigures[];
  readonly profiles?: readonly ReadProfile[];
  readonly commands?: readonly CommandFigures[];
  readonly loginStorms?: readonly LoginStormFigures[];
  readonly logins?: LoginFigures;
  readonly outages?: readonly OutageFigures[];
  readonly replicatedLogins?: readonly ReplicatedLoginFigures[];
}

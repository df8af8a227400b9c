import { autoscale } from './autoscale.ts';
import { crash } from './crash.ts';
import { crossInstanceLogin } from './cross-instance-login.ts';
import type { Experiment } from './experiment.ts';
import { flood } from './flood.ts';
import { loginStorm } from './login-storm.ts';
import { logout } from './logout.ts';
import { logoutRace } from './logout-race.ts';
import { lostUpdate } from './lost-update.ts';
import { memoryLimit } from './memory-limit.ts';
import { rollingReplacement } from './rolling-replacement.ts';
import { scaleIn } from './scale-in.ts';
import { scaleOut } from './scale-out.ts';
import { storeOutage } from './store-outage.ts';

/** All experiments, in the order in which they are run and shown: from the first surprise to the last. */
export const experiments: readonly Experiment[] = [
  crossInstanceLogin,
  scaleOut,
  scaleIn,
  autoscale,
  crash,
  rollingReplacement,
  logout,
  lostUpdate,
  logoutRace,
  storeOutage,
  // These have fleets of their own, so the others can share one.
  flood,
  memoryLimit,
  loginStorm,
];

import { autoscale } from './autoscale.ts';
import { crash } from './crash.ts';
import { crossInstanceLogin } from './cross-instance-login.ts';
import type { Experiment } from './experiment.ts';
import { fillMemory } from './fill-memory.ts';
import { logout } from './logout.ts';
import { rollingReplacement } from './rolling-replacement.ts';
import { scaleIn } from './scale-in.ts';
import { scaleOut } from './scale-out.ts';

/** All experiments, in the order in which they are run and shown: from the first surprise to the last. */
export const experiments: readonly Experiment[] = [
  crossInstanceLogin,
  scaleOut,
  scaleIn,
  autoscale,
  crash,
  rollingReplacement,
  fillMemory,
  logout,
];

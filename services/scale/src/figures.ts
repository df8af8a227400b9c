import type { ClusterFigures } from './sections/cluster.ts';
import type { InstanceFigures } from './sections/instance.ts';
import type { MillionFigures } from './sections/million.ts';
import type { OneRedisFigures } from './sections/one-redis.ts';

/** What was measured, by section. A section that did not run is absent. */
export interface ScaleFigures {
  readonly redis?: OneRedisFigures;
  readonly instance?: InstanceFigures;
  readonly million?: MillionFigures;
  readonly cluster?: ClusterFigures;
}

// One run: the sections one after the other.

import type { Bed } from './bed.ts';
import type { ScaleFigures } from './figures.ts';
import type { Plan, Section } from './plan.ts';
import { measureCluster } from './sections/cluster.ts';
import { measureInstance } from './sections/instance.ts';
import { measureMillion } from './sections/million.ts';
import { measureOneRedis } from './sections/one-redis.ts';

export interface ScaleRun {
  readonly plan: Plan;
  readonly sections: readonly Section[];
  /** Of this machine. */
  readonly cores: number;
}

/**
 * @param onMeasured called after each section with all figures so far
 * @throws {MeasurementError} When something answered otherwise than it had to.
 */
export async function runScale(
  bed: Bed,
  { plan, sections, cores }: ScaleRun,
  say: (line: string) => void,
  onMeasured: (figures: ScaleFigures) => Promise<void>,
): Promise<ScaleFigures> {
  // One for each core: with fewer the machine is not full, and with more they only wait for each other.
  const workers = Math.max(2, cores);
  const measure: Readonly<Record<Section, () => Promise<ScaleFigures>>> = {
    redis: async () => ({ redis: await measureOneRedis(bed, plan, workers, say) }),
    instance: async () => ({ instance: await measureInstance(bed, plan, cores, workers, say) }),
    million: async () => ({ million: await measureMillion(bed, plan, workers, say) }),
    cluster: async () => ({ cluster: await measureCluster(bed, plan, workers, say) }),
  };
  let figures: ScaleFigures = {};
  for (const section of sections) {
    say(`${section} …`);
    figures = { ...figures, ...(await measure[section]()) };
    await onMeasured(figures);
  }
  return figures;
}

import type { Environment } from '../../../lab/src/report/environment.ts';
import type { BenchFigures } from '../figures.ts';
import type { JudgedGoal } from '../goals.ts';
import type { Plan } from '../plan.ts';

/** Everything that a run brought, as it is saved as JSON. An infinite time (what never happened) is null there. */
export interface BenchResult {
  readonly environment: Environment;
  readonly plan: Plan;
  readonly seconds: number;
  readonly goals: readonly JudgedGoal[];
  readonly figures: BenchFigures;
}

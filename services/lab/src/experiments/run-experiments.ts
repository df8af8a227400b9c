// Runs experiments for several strategies: a run for each strategy, each with a fleet of its own.

import { isDeepStrictEqual } from 'node:util';
import { AutoscalerError } from '../autoscaler/autoscaler.ts';
import type { Fleet, FleetOptions, Strategy } from '../fleet/fleet.ts';
import { Mutex } from '../fleet/mutex.ts';
import { LaboratoryError, NotPossibleHere } from '../supervision/errors.ts';
import { unlessAborted } from '../supervision/unless-aborted.ts';
import { HttpClient } from '../users/http-client.ts';
import { UserError } from '../users/user.ts';
import type { Experiment, InitialFleet, Verdict } from './experiment.ts';

export interface ExperimentResult extends Verdict {
  readonly experiment: string;
  readonly strategy: Strategy;
  /** What the fleet ran on: `processes`, `compose`. */
  readonly fleet: string;
  readonly instances: number;
  readonly seconds: number;
}

export interface Plan {
  readonly experiments: readonly Experiment[];
  readonly strategies: readonly Strategy[];
  readonly instances: number;
  readonly fleetKind: string;
  readonly startFleet: (options: FleetOptions) => Promise<Fleet>;
  /** One after the other where fleets side by side would take the processor from each other. */
  readonly strategyRuns: 'side by side' | 'one after another';
  /** Settings and program of the app, where they are not the fleet's own. */
  readonly app?: Pick<FleetOptions, 'appSettings' | 'appEntry'>;
}

export interface Watcher {
  /** What is going on in a run now. */
  readonly step: (strategy: Strategy, experiment: Experiment | undefined, what: string) => void;
  readonly finished: (result: ExperimentResult) => void;
}

/** All results, and the versions of the programs that they were measured with. @throws what ended the run as a whole. */
export async function runExperiments(plan: Plan, watcher: Watcher, signal: AbortSignal) {
  const runs = strategiesOf(plan).map((strategy) => new StrategyRun(plan, strategy, watcher, signal));
  const mutex = new Mutex();
  const oneAfterAnother = (task: () => Promise<void>) => mutex.runExclusive(task);
  const sideBySide = (task: () => Promise<void>) => task();
  const together = plan.strategyRuns === 'side by side' ? sideBySide : oneAfterAnother;
  // Every run comes to its end, and so stops what it started, before the first failure is reported.
  const ended = await Promise.allSettled(runs.map((run) => together(() => run.run({ alone: false }))));
  if (ended.every(({ status }) => status === 'fulfilled')) {
    const alone = runs.map((run) => oneAfterAnother(() => run.run({ alone: true })));
    ended.push(...(await Promise.allSettled(alone)));
  }
  for (const run of ended) if (run.status === 'rejected') throw run.reason;
  const versions: Record<string, string> = Object.assign({}, ...runs.map((run) => run.versions));
  return { results: runs.flatMap(({ results }) => results), versions };
}

/** How many results a plan will have. */
export function resultsOf({ experiments, strategies }: Pick<Plan, 'experiments' | 'strategies'>): number {
  return experiments.reduce((sum, experiment) => sum + strategies.filter(experiment.compares).length, 0);
}

/** Without those of which none of the experiments expects anything. */
function strategiesOf({ experiments, strategies }: Plan): readonly Strategy[] {
  return strategies.filter((strategy) => experiments.some(({ compares }) => compares(strategy)));
}

/** One strategy's experiments, one after the other, on one fleet for as long as it fits. */
class StrategyRun {
  versions: Readonly<Record<string, string>> = {};
  readonly results: ExperimentResult[] = [];
  readonly #plan: Plan;
  readonly #strategy: Strategy;
  readonly #watcher: Watcher;
  readonly #signal: AbortSignal;
  #fleet:
    | {
        readonly running: Fleet;
        readonly special: Omit<InitialFleet, 'instances'>;
        readonly dependencyExited: Promise<never>;
      }
    | undefined;

  constructor(plan: Plan, strategy: Strategy, watcher: Watcher, signal: AbortSignal) {
    this.#plan = plan;
    this.#strategy = strategy;
    this.#watcher = watcher;
    this.#signal = signal;
  }

  /** Runs the experiments that run alone, or the others, and stops the fleet that they had. */
  async run({ alone }: { readonly alone: boolean }): Promise<void> {
    try {
      const mine = this.#plan.experiments.filter(
        ({ compares, runsAlone }) => compares(this.#strategy) && runsAlone === alone,
      );
      for (const experiment of mine) await this.#runOne(experiment);
    } finally {
      if (this.#fleet) this.#watcher.step(this.#strategy, undefined, 'stopping the fleet');
      await this.#stopFleet();
    }
  }

  async #runOne(experiment: Experiment): Promise<void> {
    const start = performance.now();
    const verdict = await this.#verdictOn(experiment);
    const result = {
      experiment: experiment.name,
      strategy: this.#strategy,
      fleet: this.#plan.fleetKind,
      instances: this.#plan.instances,
      ...verdict,
      seconds: Number(((performance.now() - start) / 1000).toFixed(1)),
    };
    this.results.push(result);
    this.#watcher.finished(result);
  }

  async #verdictOn(experiment: Experiment): Promise<Verdict> {
    const say = (what: string) => this.#watcher.step(this.#strategy, experiment, what);
    try {
      const { running: fleet, dependencyExited } = await this.#fleetFor(experiment, say);
      await using client = new HttpClient(fleet.baseUrl);
      const work = experiment.run({ fleet, client, instances: this.#plan.instances, say });
      return await unlessAborted(this.#signal, Promise.race([work, dependencyExited]));
    } catch (error) {
      this.#signal.throwIfAborted();
      if (error instanceof NotPossibleHere) throw error; // the next experiment would fail in the same way
      await this.#stopFleet(); // whatever state it is in, the next experiment gets a new one
      return {
        ...verdictOnFailure(error),
        expected: experiment.expectedOutcome(this.#strategy),
        observed: 'did not come to its end',
        figures: {},
      };
    }
  }

  async #fleetFor(experiment: Experiment, say: (what: string) => void) {
    const { instances, ...special } = experiment.initialFleet(this.#plan.instances, this.#strategy);
    if (this.#fleet && !isDeepStrictEqual(this.#fleet.special, special)) await this.#stopFleet();
    if (this.#fleet) {
      say(`scaling to ${instances}`);
      await unlessAborted(this.#signal, this.#fleet.running.scaleTo(instances));
      return this.#fleet;
    }
    const { promise: dependencyExited, reject: onDependencyExited } = Promise.withResolvers<never>();
    dependencyExited.catch(() => {
      // Reported where an experiment is awaited; when none is running, by the next one.
    });
    say('starting the fleet');
    const running = await this.#plan.startFleet({
      ...this.#plan.app,
      ...special,
      appSettings: { ...special.appSettings, ...this.#plan.app?.appSettings },
      strategy: this.#strategy,
      instances,
      signal: this.#signal,
      onDependencyExited,
    });
    this.#fleet = { running, special, dependencyExited };
    this.versions = running.versions;
    return this.#fleet;
  }

  async #stopFleet(): Promise<void> {
    const fleet = this.#fleet;
    this.#fleet = undefined;
    await fleet?.running[Symbol.asyncDispose]();
  }
}

/** No outcome was seen: what the experiment needs did not come about, or the experiment itself is broken. */
function verdictOnFailure(error: unknown): Pick<Verdict, 'verdict' | 'reasons'> {
  // What ended it comes first, and then what could not be stopped because of it.
  if (error instanceof SuppressedError) {
    const first = verdictOnFailure(error.suppressed);
    return { ...first, reasons: [...first.reasons, ...verdictOnFailure(error.error).reasons] };
  }
  const reasons = [error instanceof Error ? error.message : String(error)];
  // The fleet did not do in time what it was asked for, or did not let in those whom the experiment is about.
  const isPrecondition =
    error instanceof LaboratoryError || error instanceof AutoscalerError || error instanceof UserError;
  return { verdict: isPrecondition ? 'inconclusive' : 'unexpected', reasons };
}

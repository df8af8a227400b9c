// What an experiment is: a question, what is expected for each strategy, the steps, and figures that decide.

import type { Fleet, FleetOptions, Strategy } from '../fleet/fleet.ts';
import type { HttpClient } from '../users/http-client.ts';

/** What an experiment works with. The fleet runs and has the number of instances that the experiment initialFleet with. */
export interface Context {
  readonly fleet: Fleet;
  readonly client: HttpClient;
  /** How many instances the experiment is about, 2 to 16 (`--instances`). */
  readonly instances: number;
  /** Says what is going on, for people who watch. */
  readonly say: (step: string) => void;
}

/** In whole numbers, shares or bytes; the unit stands in the name where it is none of the things counted. */
export interface Figures {
  readonly [figure: string]: number | string | readonly string[] | Figures | readonly Figures[];
}

export interface Expectation<F extends Figures> {
  /** The expected outcome in one short sentence. */
  readonly outcome: string;
  /** Sentences about the figures that must all be true for the outcome to be the expected one. */
  readonly assertions: Readonly<Record<string, (figures: F) => boolean>>;
}

/** A heap limit, in MiB, or settings of the app give the experiment a fleet of its own. */
export interface InitialFleet extends Pick<FleetOptions, 'instances' | 'heapMiB' | 'appSettings'> {}

export interface ExperimentDescription<F extends Figures> {
  /** Short, for `--only`. */
  readonly name: string;
  /** What is done, in words for the table. `N` stands for the number of instances. */
  readonly title: string;
  readonly question: string;
  /** What the fleet must be when it initialFleet. */
  readonly initialFleet: (instances: number, strategy: Strategy) => InitialFleet;
  readonly run: (context: Context) => Promise<F>;
  /** What was seen, in one or two short lines. */
  readonly observed: (figures: F) => string;
  /** Its keys are the strategies that it compares; with the others it is not run. */
  readonly expected: Readonly<Partial<Record<Strategy, Expectation<F>>>>;
}

export interface Verdict {
  readonly expected: string;
  readonly observed: string;
  readonly asExpected: boolean;
  /** The sentences of the expectation that turned out wrong. */
  readonly missed: readonly string[];
  readonly figures: Figures;
}

export interface Experiment
  extends Pick<ExperimentDescription<Figures>, 'name' | 'title' | 'question' | 'initialFleet'> {
  readonly compares: (strategy: Strategy) => boolean;
  readonly expectedOutcome: (strategy: Strategy) => string;
  /** Runs the steps and holds the figures against what is expected of the fleet's strategy. */
  readonly run: (context: Context) => Promise<Verdict>;
}

export function experiment<F extends Figures>(description: ExperimentDescription<F>): Experiment {
  const { name, title, question, initialFleet, run, observed, expected } = description;
  const expectationFor = (strategy: Strategy) => {
    const expectation = expected[strategy];
    if (expectation === undefined) throw new Error(`${name} expects nothing of the strategy ${strategy}`);
    return expectation;
  };
  return {
    name,
    title,
    question,
    initialFleet,
    compares: (strategy) => expected[strategy] !== undefined,
    expectedOutcome: (strategy) => expectationFor(strategy).outcome,
    async run(context) {
      const { outcome, assertions } = expectationFor(context.fleet.strategy);
      const figures = await run(context);
      const missed = Object.entries(assertions).flatMap(([sentence, holds]) =>
        holds(figures) ? [] : [sentence],
      );
      return {
        expected: outcome,
        observed: observed(figures),
        asExpected: missed.length === 0,
        missed,
        figures,
      };
    },
  };
}

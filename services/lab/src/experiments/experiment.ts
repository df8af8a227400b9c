// What an experiment is: a question, what is expected of each strategy, the steps, and figures that decide.
//
// A verdict rests on what the strategy makes true or false, never on how fast the machine happens to be. So figures are
// counts and orders (who was told what, what was answered before what); where a time decides, it is compared with one
// that was measured in the same moments. What has to come about first, such as a request that is late, is waited for.

import type { Fleet, FleetOptions, Strategy } from '../fleet/fleet.ts';
import type { HttpClient } from '../users/http-client.ts';

/** What an experiment works with. The fleet runs and has the number of instances that the experiment starts with. */
export interface Context {
  readonly fleet: Fleet;
  readonly client: HttpClient;
  /** How many instances the experiment is about, 2 to 16 (`--instances`). */
  readonly instances: number;
  /** Says what is going on, for people who watch. */
  readonly say: (step: string) => void;
}

/** A count has no unit in its name, everything else has: `slowestMs`, `heapBytesPerSession`. */
export interface Figures {
  readonly [figure: string]: number | string | readonly string[] | Figures | readonly Figures[];
}

/** Sentences about the figures, each with the test that tells whether it is true. */
export type Sentences<F extends Figures> = Readonly<Record<string, (figures: F) => boolean>>;

export interface Expectation<F extends Figures> {
  /** The expected outcome in one short sentence. */
  readonly outcome: string;
  /** All of them have to be true for the outcome to be the expected one. */
  readonly assertions: Sentences<F>;
  /**
   * All of them have to be true for the figures to say anything about the strategy: that enough was asked, that what the
   * experiment is about came about at all. They speak of the machine and never of what a strategy could do wrong.
   */
  readonly preconditions?: Sentences<F>;
}

/** A heap limit, in MiB, or settings of the app give the experiment a fleet of its own. */
export interface InitialFleet extends Pick<FleetOptions, 'instances' | 'heapMiB' | 'appSettings'> {}

export interface ExperimentDescription<F extends Figures> {
  /** Short, for `--only`. */
  readonly name: string;
  /** What is done, in words for the table. `N` stands for the number of instances. */
  readonly title: string;
  readonly question: string;
  /** What the fleet must be when the experiment starts. */
  readonly initialFleet: (instances: number, strategy: Strategy) => InitialFleet;
  /**
   * It measures times, so nothing else runs beside it: where several strategies are run side by side, the laboratory's own
   * process is too busy to tell when an answer came. Default: false
   */
  readonly runsAlone?: boolean;
  /**
   * Its clients come from several addresses of loopback, and the instances have to see them. A Docker engine does not show
   * them: there all clients have the address of its network's gateway. Default: false
   */
  readonly needsClientAddresses?: boolean;
  readonly run: (context: Context) => Promise<F>;
  /** What was seen, in a few short lines. */
  readonly observed: (figures: F) => string;
  /** Its keys are the strategies that it compares; with the others it is not run. */
  readonly expected: Readonly<Partial<Record<Strategy, Expectation<F>>>>;
}

export const verdictWords = {
  expected: 'as expected',
  unexpected: 'NOT as expected',
  inconclusive: 'could not be judged here',
} as const;

export interface Verdict {
  /** `inconclusive`: the machine did not let happen what the experiment is about. Neither right nor wrong. */
  readonly verdict: keyof typeof verdictWords;
  /** Why it is not the expected one: what is not true, which precondition was not met, or what ended it. */
  readonly reasons: readonly string[];
  readonly expected: string;
  readonly observed: string;
  readonly figures: Figures;
}

/** `NOT as expected: it is not true that every user is still logged in`, and the like. */
export function verdictInWords({ verdict, reasons }: Pick<Verdict, 'verdict' | 'reasons'>): string {
  if (verdict === 'expected') return verdictWords.expected;
  return `${verdictWords[verdict]}${verdict === 'unexpected' ? ': ' : ', because '}${reasons.join('; ')}`;
}

export interface Experiment
  extends Pick<ExperimentDescription<Figures>, 'name' | 'title' | 'question' | 'initialFleet'> {
  readonly runsAlone: boolean;
  readonly needsClientAddresses: boolean;
  readonly compares: (strategy: Strategy) => boolean;
  readonly expectedOutcome: (strategy: Strategy) => string;
  /** Runs the steps and holds the figures against what is expected of the fleet's strategy. */
  readonly run: (context: Context) => Promise<Verdict>;
}

export function experiment<F extends Figures>(description: ExperimentDescription<F>): Experiment {
  const { name, title, question, initialFleet, run, observed, expected } = description;
  const { runsAlone = false, needsClientAddresses = false } = description;
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
    runsAlone,
    needsClientAddresses,
    compares: (strategy) => expected[strategy] !== undefined,
    expectedOutcome: (strategy) => expectationFor(strategy).outcome,
    async run(context) {
      const expectation = expectationFor(context.fleet.strategy);
      const figures = await run(context);
      return {
        ...judge(expectation, figures),
        expected: expectation.outcome,
        observed: observed(figures),
        figures,
      };
    },
  };
}

/** Holds figures against an expectation. */
export function judge<F extends Figures>(
  { assertions, preconditions = {} }: Pick<Expectation<F>, 'assertions' | 'preconditions'>,
  figures: F,
): Pick<Verdict, 'verdict' | 'reasons'> {
  const unmet = untrue(preconditions, figures);
  if (unmet.length > 0) {
    return {
      verdict: 'inconclusive',
      reasons: unmet.map((sentence) => `a precondition was not met: ${sentence}`),
    };
  }
  const wrong = untrue(assertions, figures);
  return {
    verdict: wrong.length === 0 ? 'expected' : 'unexpected',
    reasons: wrong.map((sentence) => `it is not true that ${sentence}`),
  };
}

function untrue<F extends Figures>(sentences: Sentences<F>, figures: F): string[] {
  return Object.entries(sentences).flatMap(([sentence, isTrue]) => (isTrue(figures) ? [] : [sentence]));
}

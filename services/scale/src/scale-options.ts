// The options of `npm run scale`.

import { z } from 'zod';
import { listOf, oneOf, read, WrongUse, wholeNumber } from '../../lab/src/commands/command-line.ts';
import { type Assumptions, defaultAssumptions } from './model/assumptions.ts';
import { fullPlan, type Plan, quickPlan, sections } from './plan.ts';

const flag = z.boolean().default(false);
const file = (option: string) => z.string().min(1, `--${option} takes the name of a file`);

const scaleOptions = z.object({
  only: listOf(z.enum(sections, `--only takes ${oneOf(sections)}, or several with commas`)).optional(),
  sessions: wholeNumber('sessions', 1_000, 100_000_000).optional(),
  quick: flag,
  from: file('from').optional(),
  people: wholeNumber('people', 1, 10_000_000_000).optional(),
  requests: wholeNumber('requests', 1, 100_000).optional(),
  peak: wholeNumber('peak', 1, 100).optional(),
  hours: wholeNumber('hours', 1, 12).optional(),
  json: file('json').default('.cache/scale.json'),
  markdown: file('markdown').optional(),
  picture: file('picture').optional(),
});
type Options = z.output<typeof scaleOptions>;

export interface ScaleOptions extends Pick<Options, 'from' | 'people' | 'json' | 'markdown' | 'picture'> {
  readonly sections: readonly (typeof sections)[number][];
  readonly plan: Plan;
  readonly quick: boolean;
  readonly assumptions: Assumptions;
}

const { requestsPerHour, peak, hoursBetweenLogins } = defaultAssumptions;

const scaleHelp = `npm run scale -- [options]

Measures what one Redis and one instance carry, and computes from that what a thousand to a hundred million people need.
Takes about ten minutes on two cores and 4 GiB of free memory; nothing else should run meanwhile.

  --only NAMES        these sections only, separated by commas (default all):
                        redis      what an operation of the store costs Redis, a session's size, the knee of latency
                        instance   what a request and a login cost an instance, and whether the model is right
                        million    a million people logged in: memory, latency, restart with the file, expiry
                        cluster    sessions on three primaries, and the failure of one of them
  --sessions N        so many in the section million, ${grouped(1_000)} to ${grouped(100_000_000)} (default ${grouped(fullPlan.million)})
  --quick             short measurements and few sessions, about a minute: to see that it works, not for figures to quote
  --from FILE         measures nothing and computes with the figures of this file, which an earlier run has saved

What is assumed of people, for the computed part:
  --people N          one more row, for so many people
  --requests N        requests of one person an hour (default ${requestsPerHour})
  --peak N            so many times the average in the busiest seconds, 1 to 100 (default ${peak})
  --hours N           hours from one login of a person to the next, 1 to 12 (default ${hoursBetweenLogins})

  --json FILE         where the figures go (default .cache/scale.json)
  --markdown FILE     the tables once more, into a document: each section between its lines, such as
                      <!-- scale redis --> and <!-- /scale redis -->
  --picture FILE      what so many people need as a picture (SVG); needs the sections redis and instance
  --help              this text

Exit code: 0 when everything was measured, 1 when not, 2 for wrong use or when this machine lacks a program, memory or
disk, 130 after Ctrl-C.`;

/** @returns the options, or the text to print when help was asked for. @throws {WrongUse} */
export function readScaleOptions(args: readonly string[]): ScaleOptions | string {
  const options = read(args, scaleOptions, scaleHelp, ['quick']);
  if (typeof options === 'string') return options;
  const { only, sessions, quick, from, people, json, markdown, picture, ...ofPeople } = options;
  if (from !== undefined && (only !== undefined || quick || sessions !== undefined))
    throw new WrongUse('--from measures nothing, so it goes with none of --only, --quick and --sessions.');
  const basis = quick ? quickPlan : fullPlan;
  return {
    sections: only ?? [...sections],
    plan: { ...basis, million: sessions ?? basis.million },
    ...{ quick, from, people, json, markdown, picture },
    assumptions: {
      ...defaultAssumptions,
      requestsPerHour: ofPeople.requests ?? requestsPerHour,
      peak: ofPeople.peak ?? peak,
      hoursBetweenLogins: ofPeople.hours ?? hoursBetweenLogins,
    },
  };
}

function grouped(count: number): string {
  return count.toLocaleString('en');
}

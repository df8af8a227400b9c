// The options of `npm run bench`.

import { z } from 'zod';
import { listOf, oneOf, read, wholeNumber } from '../../lab/src/commands/command-line.ts';
import { fullPlan, sections } from './plan.ts';

const flag = z.boolean().default(false);

const benchOptions = z.object({
  only: listOf(z.enum(sections, `--only takes ${oneOf(sections)}, or several with commas`)).default([
    ...sections,
  ]),
  rounds: wholeNumber('rounds', 1, 50).optional(),
  quick: flag,
  strict: flag,
  json: z.string().min(1, '--json takes the name of a file').default('.cache/bench.json'),
  markdown: z.string().min(1, '--markdown takes the name of a file').optional(),
});
export type BenchOptions = z.output<typeof benchOptions>;

const benchHelp = `npm run bench -- [options]

Measures session stores side by side on this machine, and holds the figures against goals. Takes about nine minutes, in
which nothing else should run.

  --only NAMES        these sections only, separated by commas:
                        read         requests per second and latency of an authenticated read
                        commands     what Redis is asked for by a read, a write, a login and a logout
                        login-storm  latency of those who are logged in while others log in
                        logins       logins per second, next to what the machine can hash
                        outage       what users get while Redis is away, and how soon all is well again
  --rounds N          how often each is measured, 1 to 50 (default ${fullPlan.rounds} for read, ${fullPlan.longRounds} for the others)
  --quick             one round of short measurements, about a minute: to see that it works, not for figures
  --strict            exit code 1 when a goal is missed
  --json FILE         where the figures go (default .cache/bench.json)
  --markdown FILE     the tables once more, into a document: between its lines <!-- bench --> and <!-- /bench -->
                      where it has them
  --help              this text

Exit code: 0 when everything was measured, 1 when not, 2 for wrong use, 130 after Ctrl-C.`;

/** @returns the options, or the text to print when help was asked for. @throws {WrongUse} */
export function readBenchOptions(args: readonly string[]): BenchOptions | string {
  return read(args, benchOptions, benchHelp, ['quick', 'strict']);
}

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
  profile: flag,
  quick: flag,
  strict: flag,
  json: z.string().min(1, '--json takes the name of a file').default('.cache/bench.json'),
  markdown: z.string().min(1, '--markdown takes the name of a file').optional(),
});
export type BenchOptions = z.output<typeof benchOptions>;

const benchHelp = `npm run bench -- [options]

Measures this project's app, the tutorials' and session stores side by side on this machine, and compares the figures with
goals. Takes about fifteen minutes, and says how many are left; nothing else should run meanwhile.

  --only NAMES        these sections only, separated by commas (default all):
                        read         processor time, requests per second and latency of an authenticated read; 3 minutes
                        requests     processor time of a cart addition, a login and a logout; two minutes
                        nginx        a read through nginx, with one, two and four instances; two minutes
                        memory       memory of an instance at rest, and with 10,000 sessions in use; a minute
                        commands     commands and round trips to Redis for a read, a write, a login and a logout
                        login-storm  latency for logged-in users while many others log in
                        logins       logins per second, compared with what the machine can hash
                        outage       what users get while Redis is down, and how soon everything works again
                        replicas     logins and logouts that wait for a replica of Redis
  --rounds N          how often each latency, login rate and outage is measured, 1 to 50 (default ${fullPlan.rounds} for read, ${fullPlan.longRounds} for
                      the others; commands are counted, and the throughput of read is measured in slices)
  --profile           instead: where the processor time of a read goes, by package, for this app and the tutorials'
                      hardened one; a minute
  --quick             one round of short measurements, about three minutes: to see that it works, not for figures to quote
  --strict            exit code 1 when a goal is missed
  --json FILE         where the figures go (default .cache/bench.json)
  --markdown FILE     the tables once more, into a document: between its lines <!-- bench --> and <!-- /bench -->
                      where it has them
  --help              this text

Exit code: 0 when everything was measured, 1 when not (with --strict also when a goal is missed), 2 for wrong use or when
this machine lacks a program, 130 after Ctrl-C.`;

/** @returns the options, or the text to print when help was asked for. @throws {WrongUse} */
export function readBenchOptions(args: readonly string[]): BenchOptions | string {
  return read(args, benchOptions, benchHelp, ['quick', 'strict', 'profile']);
}

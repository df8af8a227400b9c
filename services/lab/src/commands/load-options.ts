// The options of `npm run load`.

import { z } from 'zod';
import { type Strategy, strategies } from '../fleet/fleet.ts';
import { findScript, type Script, scripts } from '../k6/scripts.ts';
import {
  context,
  demandContextFits,
  fleet,
  oneOf,
  read,
  strategy,
  WrongUse,
  wholeNumber,
} from './command-line.ts';

/** The scripts refuse less: a run without requests would pass. */
const shortestS = 3;

const names = scripts.map(({ name }) => name);
const script = z
  .tuple([z.string()], `One script is needed, such as 02-cross-instance-login; there are ${oneOf(names)}`)
  .transform(([name], context) => {
    const found = findScript(name);
    if (found) return found;
    context.addIssue(`There is no script ${name}; there are ${oneOf(names)}`);
    return z.NEVER;
  });

const time = z
  .string()
  .regex(/^(?=\d)(\d+h)?(\d+m)?(\d+s)?$/, '--duration takes a time such as 45s, 10m or 1h30m')
  .refine((text) => secondsIn(text) >= shortestS, `--duration takes ${shortestS}s or more`);

const options = z.object({
  words: script,
  strategy: strategy.optional(),
  instances: wholeNumber('instances', 2, 16).optional(),
  url: z
    .url({ protocol: /^https?$/, error: '--url takes an address such as http://127.0.0.1:8080' })
    .optional(),
  fleet: fleet.optional(),
  context,
  duration: time.optional(),
  users: wholeNumber('users', 1, 1000).optional(),
  'users-file': z.string().min(1, '--users-file takes the name of a file').optional(),
  insecure: z.boolean().optional(),
  json: z.string().min(1, '--json takes the name of a file').optional(),
  html: z.string().optional(),
});

export type LoadOptions = Pick<
  z.output<typeof options>,
  'url' | 'duration' | 'users' | 'json' | 'context'
> & {
  readonly script: Script;
  /** `unknown`: of a deployment at a URL, of which nobody has said it. */
  readonly strategy: Strategy | 'unknown';
  readonly instances: number;
  readonly fleet: z.output<typeof fleet>;
  readonly usersFile?: string | undefined;
  readonly insecure: boolean;
  /** Empty for the default place. */
  readonly html?: string | undefined;
};

const help = `npm run load -- SCRIPT [options]

Starts a deployment, runs a k6 script from loadtest/ against it, makes the change that the script is about, and stops
the deployment. SCRIPT is a name below or its number. Each script's thresholds are at its top.

${scripts.map(({ name, question }) => `  ${name.padEnd(25)} ${question}`).join('\n')}

  --strategy NAME     where sessions live: ${strategies.join(', ')} (default redis)
  --instances N       how many instances there are, or the change scales to, 2 to 16 (default 3)
  --fleet KIND        what the deployment runs on: processes, compose or kubernetes (default processes)
  --context NAME      with --fleet kubernetes: which cluster, as kubectl knows it (default the current one, if it is
                      on this machine)
  --url URL           run against this deployment instead; the script says when you are to change it.
                      With --strategy say where it keeps its sessions, or it is labelled "unknown"
  --insecure          with --url: take any certificate, also one that is self-signed
  --users-file FILE   with --url: users that exist already, a line \`username,password\` for each
  --duration TIME     how long the traffic lasts, 3s or more, such as 45s or 10m (default: the script's own;
                      01-smoke counts rounds instead)
  --users N           how many users are logged in, 1 to 1000 (default: the script's own; 01-smoke has one)
  --json FILE         where the figures go (default .cache/load/SCRIPT-STRATEGY.json, with --url
                      .cache/load/SCRIPT-at-HOST-STRATEGY.json)
  --html [FILE]       also writes a report with graphs over time (default: beside the figures, as .html)
  --help              this text

k6 is taken from PATH, or from .cache/bin, or built there once where Go 1.25 or newer is, or run from its Docker image.
A FILE is relative to where you type the command. k6's own K6_… variables are handed on, and those of the scripts:
LOGINS_PER_SECOND, LOGIN_PATH, SERVED_BY_HEADER and more, all in docs/settings.md, with examples in docs/load-testing.md.

Exit code: 0 when every threshold held, 99 when not, and k6's other codes (107: a setting of the script is wrong; 108: it
gave up, since nobody answers, no user can log in or the change could not be made); 1 when the deployment failed, 2 for
wrong use or when k6 or another program is missing, 130 after Ctrl-C.`;

/** @returns the options, or the text to print when help was asked for. @throws {WrongUse} */
export function readLoadOptions(args: readonly string[]): LoadOptions | string {
  const found = read(withHtmlValue(args), options, help, ['insecure']);
  if (typeof found === 'string') return found;
  const { words, strategy, instances, fleet, insecure = false, 'users-file': usersFile, ...others } = found;
  if (found.url !== undefined && (instances !== undefined || fleet !== undefined))
    throw new WrongUse('--instances and --fleet are about a deployment that is started; with --url none is.');
  demandContextFits(found);
  if (found.url === undefined && (insecure || usersFile !== undefined))
    throw new WrongUse(
      '--insecure and --users-file are about a deployment that is there already: give its --url.',
    );
  return {
    ...others,
    script: words,
    strategy: strategy ?? (found.url === undefined ? 'redis' : 'unknown'),
    instances: instances ?? 3,
    fleet: fleet ?? 'processes',
    insecure,
    usersFile,
  };
}

/** `--html` may stand alone, which parseArgs does not know of an option that takes a value. */
function withHtmlValue(args: readonly string[]): string[] {
  return args.map((arg, index) => {
    const alone = arg === '--html' && (args[index + 1] ?? '--').startsWith('--');
    return alone ? '--html=' : arg;
  });
}

function secondsIn(text: string): number {
  const unitSeconds = { h: 3600, m: 60, s: 1 };
  return Object.entries(unitSeconds).reduce(
    (sum, [unit, seconds]) => sum + seconds * Number(new RegExp(`(\\d+)${unit}`).exec(text)?.[1] ?? 0),
    0,
  );
}

// The options of `npm run load`.

import { z } from 'zod';
import { strategies } from '../fleet/fleet.ts';
import { findScript, type Script, scripts } from '../k6/scripts.ts';
import { fleet, oneOf, read, strategy, wholeNumber } from './command-line.ts';

const names = scripts.map(({ name }) => name);
const script = z
  .tuple([z.string()], `One script is needed, such as 02-cross-instance-login; there are ${oneOf(names)}`)
  .transform(([name], context) => {
    const found = findScript(name);
    if (found) return found;
    context.addIssue(`There is no script ${name}; there are ${oneOf(names)}`);
    return z.NEVER;
  });

const options = z.object({
  words: script,
  strategy: strategy.default('redis'),
  instances: wholeNumber('instances', 2, 16).default(3),
  url: z
    .url({ protocol: /^https?$/, error: '--url takes an address such as http://127.0.0.1:8080' })
    .optional(),
  fleet: fleet.default('processes'),
  duration: z
    .string()
    .regex(/^(?=\d)(\d+h)?(\d+m)?(\d+s)?$/, '--duration takes a time such as 45s, 10m or 1h30m')
    .optional(),
  users: wholeNumber('users', 1, 1000).optional(),
  json: z.string().min(1, '--json takes the name of a file').optional(),
  html: z.string().min(1, '--html takes the name of a file').optional(),
});

export type LoadOptions = Omit<z.output<typeof options>, 'words'> & { readonly script: Script };

const help = `npm run load -- SCRIPT [options]

Starts a deployment, runs a k6 script from loadtest/ against it, makes the change that the script is about, stops it.

${scripts.map(({ name, question }) => `  ${name.padEnd(25)} ${question}`).join('\n')}

  --strategy NAME     where sessions live: ${strategies.join(', ')} (default redis)
  --instances N       how many instances, 2 to 16 (default 3)
  --url URL           run against this deployment instead; the script says when you are to change it.
                      With --strategy say what it does with sessions
  --duration TIME     how long the traffic lasts, such as 45s or 10m (default: the script's own)
  --users N           how many users are logged in (default: the script's own)
  --json FILE         where the figures go (default .cache/load/SCRIPT-STRATEGY.json)
  --html FILE         k6's HTML report with graphs over time
  --fleet KIND        what the deployment runs on: processes or compose (default processes)
  --help              this text

k6 is taken from PATH, or from .cache/bin, or built there once where Go 1.25 or newer is, or run from its Docker image.
k6's own K6_… variables and those in loadtest/lib/ (READ_P95_MS, LOGIN_PATH, …) are handed on.

Exit code: k6's. 0 when every threshold held, 99 when not; 2 for wrong use, 130 after Ctrl-C.`;

/** @returns the options, or the text to print when help was asked for. @throws {WrongUse} */
export function readLoadOptions(args: readonly string[]): LoadOptions | string {
  const found = read(args, options, help);
  if (typeof found === 'string') return found;
  const { words, ...others } = found;
  return { ...others, script: words };
}

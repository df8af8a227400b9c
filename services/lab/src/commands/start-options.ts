// The options of `npm start`.

import { z } from 'zod';
import { strategies } from '../fleet/fleet.ts';
import { context, demandContextFits, fleet, read, strategy, wholeNumber } from './command-line.ts';

const startOptions = z.object({
  strategy: strategy.default('redis'),
  instances: wholeNumber('instances', 1, 16).default(3),
  port: wholeNumber('port', 1, 65535).default(8080),
  fleet: fleet.default('processes'),
  context,
});
export type StartOptions = z.output<typeof startOptions>;

const startHelp = `npm start -- [options]

Starts the deployment and leaves it up until Ctrl-C.

  --strategy NAME     where sessions live: ${strategies.join(', ')} (default redis)
  --instances N       how many instances, 1 to 16 (default 3)
  --port N            the proxy's port on this machine, 1 to 65535 (default 8080)
  --fleet KIND        what the deployment runs on: processes, compose or kubernetes (default processes)
  --context NAME      with --fleet kubernetes: which cluster, as kubectl knows it (default the current one, if it is
                      on this machine)
  --help              this text`;

/** @returns the options, or the text to print when help was asked for. @throws {WrongUse} */
export function readStartOptions(args: readonly string[]): StartOptions | string {
  const options = read(args, startOptions, startHelp);
  if (typeof options !== 'string') demandContextFits(options);
  return options;
}

// The options of `npm run demo`.

import { z } from 'zod';
import { experiments } from '../experiments/all-experiments.ts';
import { strategies } from '../fleet/fleet.ts';
import {
  context,
  demandContextFits,
  fleet,
  listOf,
  oneOf,
  read,
  strategy,
  WrongUse,
  wholeNumber,
} from './command-line.ts';

const experimentNames = experiments.map(({ name }) => name);

const demoOptions = z.object({
  only: listOf(
    z.enum(experimentNames, `--only takes ${oneOf(experimentNames)}, or several with commas`),
  ).optional(),
  strategy: listOf(strategy).default([...strategies]),
  instances: wholeNumber('instances', 2, 16).default(4),
  json: z.string().min(1, '--json takes the name of a file').default('.cache/demo.json'),
  markdown: z.string().min(1, '--markdown takes the name of a file').optional(),
  picture: z.string().min(1, '--picture takes the name of a file').optional(),
  fleet: fleet.default('processes'),
  context,
});
export type DemoOptions = z.output<typeof demoOptions>;

const demoHelp = `npm run demo -- [options]

Starts real deployments on this machine, changes them under traffic, and shows what happens to logged-in users.

  --only NAMES        these experiments only, separated by commas:
${experiments.map(({ name, question }) => `                        ${name.padEnd(21)} ${question}`).join('\n')}
  --strategy NAMES    these session strategies only: ${strategies.join(', ')}
                        memory         sessions in each instance's memory
                        sticky         the same, and the proxy keeps a client on its instance
                        connect-redis  sessions in one Redis, set up as the tutorials do it
                        redis          the same Redis, by the store of this project
                      An experiment runs for those of them that it compares.
  --instances N       how many instances the experiments scale to, 2 to 16 (default 4)
  --json FILE         where the figures go (default .cache/demo.json)
  --markdown FILE     the table as Markdown: replaces what stands between the lines <!-- demo on processes -->
                      and <!-- /demo on processes --> (or compose, kubernetes); a file without them is overwritten
  --picture FILE      the experiment autoscale as a picture, an SVG for light and dark pages
  --fleet KIND        what the deployments run on: processes, compose or kubernetes (default processes)
                        processes  nginx, Redis, Postgres and Node as they are on this machine
                        compose    containers: docker-compose.yml, on a Docker engine
                        kubernetes pods: infra/kubernetes, each deployment in a namespace of its own
  --context NAME      with --fleet kubernetes: which cluster, as kubectl knows it (default the current one, if it is
                      on this machine)
  --help              this text

Exit code: 0 when every outcome was as expected; 1 when at least one was not; 2 for wrong use; 3 when none was wrong,
but at least one could not be judged on this machine (it says why); 130 after Ctrl-C.`;

/** @returns the options, or the text to print when help was asked for. @throws {WrongUse} */
export function readDemoOptions(args: readonly string[]): DemoOptions | string {
  const options = read(args, demoOptions, demoHelp);
  if (typeof options === 'string') return options;
  if (options.picture && options.only?.includes('autoscale') === false)
    throw new WrongUse('--picture draws the experiment autoscale, which --only leaves out.');
  const chosen = experiments.filter(({ name }) => options.only?.includes(name) ?? true);
  if (
    options.fleet !== 'processes' &&
    options.only &&
    chosen.every(({ needsClientAddresses }) => needsClientAddresses)
  )
    throw new WrongUse(
      `${oneOf(options.only)} needs clients with addresses of their own, which containers and pods hide: --fleet processes.`,
    );
  demandContextFits(options);
  if (!chosen.some(({ compares }) => options.strategy.some(compares)))
    throw new WrongUse(`None of these experiments compares ${oneOf(options.strategy)}.`);
  return options;
}

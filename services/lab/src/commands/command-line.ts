// How commands are read, and the options of `npm run demo` and `npm start`: read with node:util and checked by zod. A wrong one is one sentence.

import { parseArgs } from 'node:util';
import { z } from 'zod';
import { experiments } from '../experiments/all-experiments.ts';
import { strategies } from '../fleet/fleet.ts';
import { fleetKinds } from '../fleet/start-fleet.ts';

/** How the command was typed is wrong. The message is one sentence that says what was expected. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}

/** Exit code for wrong use and for what the machine lacks: nothing was tried. */
export const exitWrongUse = 2;

const experimentNames = experiments.map(({ name }) => name);

export const strategy = z.enum(strategies, `--strategy takes ${oneOf(strategies)}`);
export const fleet = z.enum(fleetKinds, `--fleet takes ${oneOf(fleetKinds)}`);
export const wholeNumber = (option: string, from: number, to: number) =>
  z
    .string()
    .regex(/^\d+$/, `--${option} takes a whole number from ${from} to ${to}`)
    .transform(Number)
    .refine((n) => n >= from && n <= to, `--${option} takes a whole number from ${from} to ${to}`);
/** An option with several words, separated by commas, each counted once. */
export const listOf = <T extends z.ZodType<unknown, string>>(item: T) =>
  z
    .string()
    .transform((text) => [...new Set(text.split(',').map((part) => part.trim()))])
    .pipe(z.array(item));

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
});
export type DemoOptions = z.output<typeof demoOptions>;

const startOptions = z.object({
  strategy: strategy.default('redis'),
  instances: wholeNumber('instances', 1, 16).default(3),
  port: wholeNumber('port', 1, 65535).default(8080),
  fleet: fleet.default('processes'),
});
export type StartOptions = z.output<typeof startOptions>;

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
  --markdown FILE     the table once more, into a document: between its lines <!-- demo on processes -->
                      and <!-- /demo on processes --> (or compose) where it has them
  --picture FILE      the experiment autoscale as a picture, an SVG for light and dark pages
  --fleet KIND        what the deployments run on: processes or compose (default processes)
                        processes  nginx, Redis, Postgres and Node as they are on this machine
                        compose    containers: docker-compose.yml, on a Docker engine
  --help              this text

Exit code: 0 when every outcome was the expected one, 1 when not, 2 for wrong use, 130 after Ctrl-C.`;

const startHelp = `npm start -- [options]

Starts the deployment and leaves it up until Ctrl-C.

  --strategy NAME     where sessions live: ${strategies.join(', ')} (default redis)
  --instances N       how many instances, 1 to 16 (default 3)
  --port N            the baseUrl's port on this machine, 1 to 65535 (default 8080)
  --fleet KIND        what the deployment runs on: processes or compose (default processes)
  --help              this text`;

/** @returns the options, or the text to print when help was asked for. @throws {WrongUse} */
export function readDemoOptions(args: readonly string[]): DemoOptions | string {
  const options = read(args, demoOptions, demoHelp);
  if (typeof options === 'string') return options;
  if (options.picture && options.only?.includes('autoscale') === false)
    throw new WrongUse('--picture draws the experiment autoscale, which --only leaves out.');
  const chosen = experiments.filter(({ name }) => options.only?.includes(name) ?? true);
  if (!chosen.some(({ compares }) => options.strategy.some(compares)))
    throw new WrongUse(`None of these experiments compares ${oneOf(options.strategy)}.`);
  return options;
}

/** @returns the options, or the text to print when help was asked for. @throws {WrongUse} */
export function readStartOptions(args: readonly string[]): StartOptions | string {
  return read(args, startOptions, startHelp);
}

/**
 * Reads a command's arguments by its schema. What is no option is handed to the schema's `words`, where it has that.
 *
 * @param flags the options that take no value: true when they are there
 * @returns the options, or the text to print when help was asked for. @throws {WrongUse}
 */
export function read<T extends z.ZodObject>(
  args: readonly string[],
  schema: T,
  help: string,
  flags: readonly string[] = [],
): z.output<T> | string {
  const names = Object.keys(schema.shape).filter((name) => name !== 'words');
  const typeOf = (name: string) => (flags.includes(name) ? 'boolean' : 'string');
  const options = Object.fromEntries(names.map((name) => [name, { type: typeOf(name) } as const]));
  let values: Record<string, unknown>;
  let words: string[];
  try {
    ({ values, positionals: words } = parseArgs({
      args: [...args],
      options: { ...options, help: { type: 'boolean' } },
      strict: true,
      allowPositionals: 'words' in schema.shape,
    }));
  } catch (cause) {
    throw new WrongUse(
      `${firstSentence(cause)} The options are ${oneOf(names.map((name) => `--${name}`))}.`,
      { cause },
    );
  }
  if (values.help) return help;
  const parsed = schema.safeParse({ ...values, words });
  if (!parsed.success) throw new WrongUse(`${parsed.error.issues[0]?.message}.`);
  return parsed.data;
}

function firstSentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return `${message.split('. ')[0]?.replace(/\.$/, '')}.`;
}

/** `a, b or c`. */
export function oneOf(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

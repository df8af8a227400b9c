// How commands are read: with node:util's parseArgs, checked by zod. A wrong one is answered with one sentence.

import { parseArgs } from 'node:util';
import { z } from 'zod';
import { fleetKinds, strategies } from '../fleet/fleet.ts';

/** How the command was typed is wrong. The message is one sentence that says what was expected. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}

/** Exit code for wrong use and for what the machine lacks: nothing was tried. */
export const exitWrongUse = 2;

export const strategy = z.enum(strategies, `--strategy takes ${oneOf(strategies)}`);
export const fleet = z.enum(fleetKinds, `--fleet takes ${oneOf(fleetKinds)}`);
/** kubectl's name for a cluster and who logs in to it. */
export const context = z.string().min(1, '--context takes the name of a context of kubectl').optional();
export const wholeNumber = (option: string, from: number, to: number) =>
  z
    .string()
    .regex(/^\d+$/, `--${option} takes a whole number from ${from} to ${to}`)
    .transform(Number)
    .refine((n) => n >= from && n <= to, `--${option} takes a whole number from ${from} to ${to}`);
/** @throws {WrongUse} when a context is named for a fleet that has none */
export function demandContextFits(options: {
  readonly fleet?: string | undefined;
  readonly context?: string | undefined;
}): void {
  if (options.context !== undefined && options.fleet !== 'kubernetes')
    throw new WrongUse('--context is about a cluster: add --fleet kubernetes.');
}

/** An option with several words, separated by commas, each counted once. */
export const listOf = <T extends z.ZodType<unknown, string>>(item: T) =>
  z
    .string()
    .transform((text) => [...new Set(text.split(',').map((part) => part.trim()))])
    .pipe(z.array(item));

/**
 * Reads a command's arguments by its schema. Positional arguments go to `words`, if the schema has it.
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

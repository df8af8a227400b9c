// The settings of an instance. What is accepted and the defaults come from the schemas in services/app/src/settings, the
// meaning from the comments there.

import { z } from 'zod';
import { settings } from '../../../app/src/config.ts';
import { fromFiles } from '../../../app/src/settings/parse-settings.ts';
import { filesOf } from './files.ts';

export interface InstanceSetting {
  readonly name: string;
  readonly meaning: string;
  readonly accepts: string;
  readonly default: string;
  /** Whether NAME_FILE may hold the path of a file with the value. */
  readonly fromFile: boolean;
}

/** @param schema that of an instance, or of a program beside it */
export async function instanceSettings(schema: z.ZodObject = settings): Promise<InstanceSetting[]> {
  const files = [
    await filesOf('services/app/src/config.ts'),
    await filesOf('services/app/src/settings/*.ts'),
  ];
  const declared = new Map(files.flat().flatMap(({ text }) => [...declarations(text)]));
  return Object.entries<z.ZodType>(schema.shape).map(([name, schema]) => {
    const declaration = declared.get(name);
    if (declaration === undefined) throw new Error(`${name} has no comment in services/app/src/settings`);
    return {
      name,
      ...describeSetting(name, declaration, schema),
      accepts: accepts(schema),
      fromFile: fromFiles.includes(name),
    };
  });
}

interface Declaration {
  readonly comment: string;
  /** The code that makes the schema. */
  readonly code: string;
}

/** Finds each `NAME: …` that has a comment right before it. */
export function declarations(source: string): Map<string, Declaration> {
  const declaration = /\/\*\*((?:(?!\*\/).)*)\*\/\s*([A-Z][A-Z0-9_]*): (.*?),\n(?=\s*(?:\/[*/]|\}|[A-Z]))/gs;
  return new Map(
    Array.from(source.matchAll(declaration), ([, comment = '', name = '', code = '']) => [
      name,
      { comment: comment.replaceAll(/\s*\n\s*\*? ?/g, ' ').trim(), code },
    ]),
  );
}

/**
 * The meaning and the default. A comment says the default itself (`Default: the host's name.`) where the schema has no
 * fixed one.
 */
export function describeSetting(
  name: string,
  { comment, code }: Declaration,
  schema: z.ZodType,
): { readonly meaning: string; readonly default: string } {
  const [sentence, said] = /\s*Default: ([^.]+)\./.exec(comment) ?? [];
  const meaning = comment.replace(sentence ?? '', '');
  const fixed = fixedDefault(schema, code);
  if (said !== undefined && fixed !== undefined) {
    throw new Error(`${name}: the comment says "Default:", and the schema has the default ${fixed}`);
  }
  if (said !== undefined) return { meaning, default: said };
  if (fixed !== undefined) return { meaning, default: `\`${fixed}\`` };
  if (!schema.safeParse(undefined).success) return { meaning, default: '**required**' };
  if (/\brequired when\b/.test(comment)) return { meaning, default: 'none' };
  throw new Error(
    `${name}: neither its schema nor "Default:" in its comment says what holds when it is not set`,
  );
}

/** A default that is a function depends on the machine. */
function fixedDefault(schema: z.ZodType, code: string): string | undefined {
  if (!(schema instanceof z.ZodDefault) || /\.default\(\(\) =>/.test(code)) return undefined;
  return [schema.def.defaultValue].flat().join(',');
}

/** The range of a number, the words of a choice, else what the app says that it expected when a value is wrong. */
export function accepts(schema: z.ZodType): string {
  for (const part of partsOf(schema)) {
    if (part instanceof z.ZodNumber) return `${part.minValue} to ${part.maxValue}`;
    if (part instanceof z.ZodEnum) return part.options.map((word) => `\`${word}\``).join(', ');
  }
  for (const wrong of [undefined, ' ']) {
    const { error } = schema.safeParse(wrong);
    if (error) return error.issues.map(({ message }) => message).join(', ');
  }
  return 'any text';
}

function partsOf(schema: unknown): unknown[] {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) return partsOf(schema.unwrap());
  if (schema instanceof z.ZodPipe) return [...partsOf(schema.in), ...partsOf(schema.out)];
  return [schema];
}

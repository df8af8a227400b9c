// What a reader does who follows a document from its first line to its last.

import { type Block, blocksIn } from './blocks.ts';
import { type Command, commandsIn } from './commands.ts';
import { DocumentError, type Mark, type Ready, usualOrigin } from './marks.ts';

export interface CommandStep {
  readonly kind: 'command';
  readonly line: number;
  readonly text: string;
  readonly exitCode: number;
  readonly terminal: 'the first' | 'another';
  /** It stays in the foreground. When this has come the next step is taken; Ctrl-C ends it when its terminal is needed. */
  readonly ready?: Ready;
  /** Where logged-in users ask all along, and notice nothing. */
  readonly traffic?: string;
}

export interface FileStep {
  readonly kind: 'file';
  readonly line: number;
  /** In the clone. */
  readonly path: string;
  readonly content: string;
}

export interface NotRun {
  readonly kind: 'not run';
  readonly line: number;
  /** Of its block. */
  readonly language: string;
  readonly text: string;
  readonly reason: string;
}

export type Step = CommandStep | FileStep | NotRun;

export const shells = ['sh', 'bash'];
/** Pictures, and what programs print. Everything else is there to be used, so it is a file, or there is a reason why not. */
const notForUse = ['', 'mermaid', 'text'];

/** @throws {DocumentError} with the document's name for what cannot be followed as it stands */
export function stepsOf({ path, text }: { readonly path: string; readonly text: string }): Step[] {
  try {
    return stepsIn(text);
  } catch (cause) {
    if (!(cause instanceof DocumentError)) throw cause;
    throw new DocumentError(`${path}: ${cause.message}`, { cause });
  }
}

/** @throws {DocumentError} */
export function stepsIn(markdown: string): Step[] {
  return blocksIn(markdown).flatMap((block) => {
    if (shells.includes(block.language)) return stepsOfShell(block);
    return notForUse.includes(block.language) ? [] : [stepOfFile(block)];
  });
}

function stepOfFile({ language, line, text, marks }: Block): Step {
  const [mark, ...more] = marks;
  if (more.length === 0 && mark?.kind === 'file')
    return { kind: 'file', line, path: mark.path, content: `${text}\n` };
  if (more.length === 0 && mark?.kind === 'not run')
    return { kind: 'not run', line, language, text, reason: mark.reason };
  throw new DocumentError(
    `Line ${line}: a block of ${language} needs one of <!-- run: file PATH --> and <!-- not run: REASON --> above it.`,
  );
}

function stepsOfShell({ language, line, text, marks }: Block): Step[] {
  const commands = commandsIn(text, line);
  for (const { command } of marks) {
    if (command !== undefined && !commands.some(({ words }) => words === command))
      throw new DocumentError(`Line ${line}: the block has no command \`${command}\`.`);
  }
  const first = marks.flatMap((mark) => (mark.kind === 'first' ? commandsIn(mark.commands, line) : []));
  return [
    ...first.map((command) => commandStep(command, [])),
    ...commands.map((command) => {
      const own = marks.filter((mark) => mark.command === undefined || mark.command === command.words);
      const notRun = find(own, 'not run');
      if (notRun === undefined) return commandStep(command, own);
      const { line: at, text: words } = command;
      return { kind: 'not run' as const, line: at, language, text: words, reason: notRun.reason };
    }),
  ];
}

/** Marks come first; what they leave open, the comment beside the command promises to its reader. */
function commandStep({ line, text, comment }: Command, marks: readonly Mark[]): CommandStep {
  const exitCode = find(marks, 'exits')?.code ?? Number(/\bexit code (\d+)\b/.exec(comment)?.[1] ?? 0);
  const inAnother = find(marks, 'another terminal') !== undefined || /\bin another terminal\b/.test(comment);
  const ready = find(marks, 'until')?.ready ?? readyIn(comment, line);
  const promised = /\bnobody (notices|is logged out)\b/i.test(comment) ? usualOrigin : undefined;
  const traffic = find(marks, 'traffic')?.origin ?? promised;
  return {
    kind: 'command',
    ...{ line, text, exitCode },
    terminal: inAnother ? 'another' : 'the first',
    ...(ready && { ready }),
    ...(traffic && { traffic }),
  };
}

function readyIn(comment: string, line: number): Ready | undefined {
  if (!/\buntil Ctrl-C\b/.test(comment)) return undefined;
  const [address] = /https?:\/\/[^\s,;)]+/.exec(comment) ?? [];
  if (address !== undefined) return { address };
  throw new DocumentError(
    `Line ${line}: "until Ctrl-C" needs an address beside it, or <!-- run: until "TEXT" --> above.`,
  );
}

function find<K extends Mark['kind']>(
  marks: readonly Mark[],
  kind: K,
): Extract<Mark, { kind: K }> | undefined {
  return marks.find((mark): mark is Extract<Mark, { kind: K }> => mark.kind === kind);
}

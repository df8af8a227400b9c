// The commands that a document names: those in its shell blocks, and those in backticks in its text and tables.

import { blocksIn } from './blocks.ts';
import { commandsIn } from './commands.ts';
import { shells } from './steps.ts';

/** Those that begin as the pattern says, without variables before them and what stands after a pipe or a `&&`. */
export function commandsNamed(markdown: string, beginning: RegExp): string[] {
  const inBlocks = blocksIn(markdown).flatMap(({ language, text, line }) =>
    shells.includes(language) ? commandsIn(text, line).map(({ words }) => words) : [],
  );
  const text = markdown.replaceAll(/^ *```[\s\S]*?^ *```/gm, '').replaceAll(/<!--[\s\S]*?-->/g, '');
  const inText = Array.from(text.matchAll(/`([^`]+)`/g), ([, command = '']) => command);
  return [...inBlocks, ...inText]
    .map((command) => command.replaceAll(/\s*\\?\n\s*/g, ' ').replace(/^([A-Z_]\w*=('[^']*'|\S*) )+/, ''))
    .map((command) => command.split(/ (?:\||&&|;) /)[0] ?? '')
    .filter((command) => beginning.test(command) && !/…|\b(?:NAME|SCRIPT|FILE|URL|PATH)\b/.test(command));
}

/** Splits at spaces that are not quoted, and takes the quotes away. */
export function wordsIn(command: string): string[] {
  return Array.from(command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g), ([, a, b, c]) => a ?? b ?? c ?? '');
}

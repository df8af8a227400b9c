// The commands of a shell block, one by one, each with the comment that stands beside or above it.

import { spawnSync } from 'node:child_process';
import { DocumentError } from './marks.ts';

export interface Command {
  /** As printed, comments included. */
  readonly text: string;
  /** Without the comment at its end. */
  readonly words: string;
  /** What the comments above it and at its end say. */
  readonly comment: string;
  /** The number of its first line in the document. */
  readonly line: number;
}

/**
 * A command ends where bash would run it: not after a backslash, nor inside of quotes, a loop or a here-document.
 *
 * @param firstLine the number of the block's first line in the document
 * @throws {DocumentError} for what is no valid shell
 */
export function commandsIn(block: string, firstLine: number): Command[] {
  const commands: Command[] = [];
  let above: string[] = [];
  let pending: string[] = [];
  for (const [n, line] of block.split('\n').entries()) {
    if (pending.length === 0 && line.trim() === '') continue;
    if (pending.length === 0 && line.trimStart().startsWith('#')) {
      above.push(line.trim().slice(1).trim());
      continue;
    }
    pending.push(line);
    const text = pending.join('\n');
    if (!isComplete(text)) continue;
    const [, words = text, beside = ''] = /^(.*?)\s+#\s+([^\n]*)$/s.exec(text) ?? [];
    const comment = [...above, beside].join(' ').trim();
    commands.push({ text, words: words.trim(), comment, line: firstLine + n + 1 - pending.length });
    [above, pending] = [[], []];
  }
  if (pending.length > 0) {
    const begin = firstLine + block.split('\n').length - pending.length;
    throw new DocumentError(`Line ${begin} is no complete shell command: ${pending.join('\n')}`);
  }
  return commands;
}

function isComplete(text: string): boolean {
  if (text.endsWith('\\')) return false;
  const { status, stderr } = spawnSync('bash', ['-n', '-c', text], { encoding: 'utf8' });
  // A here-document without its last line is only warned of.
  return status === 0 && stderr === '';
}

// The code blocks of a Markdown document, each with the comments directly above it.

import { DocumentError, type Mark, readMark } from './marks.ts';

export interface Block {
  /** Such as `sh`; empty where the document names none. */
  readonly language: string;
  readonly text: string;
  /** The number of its first line in the document, counted from 1. */
  readonly line: number;
  readonly marks: readonly Mark[];
}

/** @throws {DocumentError} for a comment that is not understood, or a mark that stands above no block */
export function blocksIn(markdown: string): Block[] {
  const lines = markdown.split('\n');
  const blocks: Block[] = [];
  const aboveBlocks = new Set<number>();
  let n = 0;
  while (n < lines.length) {
    const [, indent = '', fence, language = ''] = /^( *)(`{3,}|~{3,})(\S*)/.exec(lines[n] ?? '') ?? [];
    if (fence === undefined) {
      n += 1;
      continue;
    }
    const first = n + 1;
    const end = lines.findIndex((line, at) => at >= first && line.trim() === fence);
    if (end === -1) throw new DocumentError(`The code block of line ${n + 1} has no end.`);
    const text = lines
      .slice(first, end)
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
    const above = commentsAbove(lines, n);
    for (const { line } of above) aboveBlocks.add(line);
    const marks = above.map(({ comment }) => readMark(comment));
    blocks.push({ language, text: text.join('\n'), line: first + 1, marks });
    n = end + 1;
  }
  const stray = lines.findIndex(
    (line, at) => /^\s*<!--\s*(not )?run\b/.test(line) && !aboveBlocks.has(at) && !isInside(blocks, at),
  );
  if (stray !== -1)
    throw new DocumentError(`Line ${stray + 1}: ${lines[stray]} belongs directly above a code block.`);
  return blocks;
}

/** From the first to the last. A comment may take several lines; `line` is the index of its first one. */
function commentsAbove(lines: readonly string[], block: number): { comment: string; line: number }[] {
  const comments = [];
  let end = block;
  while (end > 0 && lines[end - 1]?.trimEnd().endsWith('-->')) {
    let begin = end - 1;
    while (begin > 0 && !lines[begin]?.includes('<!--')) begin -= 1;
    comments.unshift({ comment: lines.slice(begin, end).join('\n').trim(), line: begin });
    end = begin;
  }
  return comments;
}

function isInside(blocks: readonly Block[], at: number): boolean {
  return blocks.some(({ line, text }) => at + 1 >= line && at + 1 < line + text.split('\n').length);
}

// What an HTML comment directly above a code block says about how the block runs. CONTRIBUTING.md lists them for authors.

/** Something in a document that the runner does not understand. */
export class DocumentError extends Error {
  override readonly name = 'DocumentError';
}

/** What a command that stays in the foreground is waited for: a text that it writes, or an address that answers. */
export type Ready = { readonly output: string } | { readonly address: string };

export type Mark = {
  /** The command of the block that it is about. Default: all of them. */
  readonly command?: string;
} & (
  | { readonly kind: 'not run'; readonly reason: string }
  | { readonly kind: 'exits'; readonly code: number }
  | { readonly kind: 'until'; readonly ready: Ready }
  | { readonly kind: 'traffic'; readonly origin: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'another terminal' }
  | { readonly kind: 'first'; readonly commands: string }
);

/** Where the deployment answers unless a mark says otherwise: what docker-compose.yml and `npm start` publish. */
export const usualOrigin = 'http://localhost:8080';

type Make = (...groups: readonly string[]) => Mark;

const saysHowToRun: readonly (readonly [RegExp, Make])[] = [
  [/^exits (\d{1,3})$/, (code) => ({ kind: 'exits', code: Number(code) })],
  [/^until "(.+)"$/, (output = '') => ({ kind: 'until', ready: { output } })],
  [/^until (https?:\S+) answers$/, (address = '') => ({ kind: 'until', ready: { address } })],
  [/^traffic$/, () => ({ kind: 'traffic', origin: usualOrigin })],
  [/^traffic at (https?:\S+)$/, (origin = '') => ({ kind: 'traffic', origin })],
  [/^file (\S+)$/, (path = '') => ({ kind: 'file', path })],
  [/^in another terminal$/, () => ({ kind: 'another terminal' })],
];

const expected =
  'not run: REASON, run first: COMMAND, or run: and one of: exits N, until "TEXT", until URL answers, traffic, ' +
  'traffic at URL, file PATH, in another terminal. The command of the block that is meant may stand before the colon, in backticks';

/** @param comment all of it, `<!--` and `-->` included. @throws {DocumentError} for one that says none of these things */
export function readMark(comment: string): Mark {
  const [, verb, command, text = ''] =
    /^<!--\s*(not run|run first|run)(?:\s+`([^`]+)`)?\s*:\s*(.*?)\s*-->$/s.exec(comment) ?? [];
  const mark = readText(verb, text.replaceAll(/\s+/g, ' '));
  if (mark === undefined) throw new DocumentError(`${comment} is not understood. Expected ${expected}.`);
  return command === undefined ? mark : { ...mark, command };
}

function readText(verb: string | undefined, text: string): Mark | undefined {
  if (text === '') return undefined;
  if (verb === 'not run') return { kind: 'not run', reason: text };
  if (verb === 'run first') return { kind: 'first', commands: text };
  for (const [pattern, make] of verb === 'run' ? saysHowToRun : []) {
    const found = pattern.exec(text);
    if (found) return make(...found.slice(1));
  }
  return undefined;
}

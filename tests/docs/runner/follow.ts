// Takes the steps of a document one after the other, as a reader would, and stops at the first that is not as printed.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import pTimeout, { TimeoutError } from 'p-timeout';
import { until } from '../../support/wait.ts';
import type { LoggedInUsers } from './logged-in-users.ts';
import { DocumentError, type Ready } from './marks.ts';
import type { CommandStep, FileStep, Step } from './steps.ts';
import type { Terminal } from './terminal.ts';

export interface Place {
  /** The document's name, for messages. */
  readonly document: string;
  /** The fresh clone. */
  readonly folder: string;
  openTerminal(): Promise<Terminal>;
  readonly users: Pick<LoggedInUsers, 'during'>;
  /** For each command. */
  readonly deadlineMs: number;
  readonly say: (line: string) => void;
}

const stopMs = 60_000;
const linesShown = 60;
/** That of a program which ends as it was told to, and the shell's own for Ctrl-C. */
const endsAfterCtrlC = [0, 130];

/** @throws {DocumentError} with the document, the line, and what the command wrote */
export async function follow(steps: readonly Step[], place: Place): Promise<void> {
  const windows = new Map<string, Window>();
  const windowOf = async (name: string) => {
    const window = windows.get(name) ?? new Window(await place.openTerminal(), place);
    windows.set(name, window);
    return window;
  };
  for (const step of steps) {
    if (step.kind === 'not run') continue;
    const start = performance.now();
    if (step.kind === 'file') await write(step, place);
    else await (await windowOf(step.terminal)).take(step);
    const seconds = `${((performance.now() - start) / 1000).toFixed(1)} s`;
    const what = step.kind === 'file' ? `writes ${step.path}` : step.text.split('\n')[0];
    place.say(`${`${place.document}:${step.line}`.padEnd(26)} ${seconds.padStart(8)}  ${what}`);
  }
  for (const window of windows.values()) await window.interrupt();
}

/** A terminal, and what stays in its foreground. */
class Window {
  readonly #terminal: Terminal;
  readonly #place: Place;
  #foreground: { readonly step: CommandStep; readonly ended: Promise<number> } | undefined;

  constructor(terminal: Terminal, place: Place) {
    this.#terminal = terminal;
    this.#place = place;
  }

  async take(step: CommandStep): Promise<void> {
    await this.interrupt();
    const before = this.#terminal.output.length;
    try {
      if (step.traffic === undefined) return await this.#carryOut(step, before);
      const requests = await this.#place.users.during(step.traffic, () => this.#carryOut(step, before));
      this.#place.say(
        `  ${requests} requests of logged-in users meanwhile: none failed, nobody was logged out`,
      );
    } catch (error) {
      throw this.#error(step, error, before);
    }
  }

  /** Presses Ctrl-C for what is in the foreground, if anything is, and waits until it has ended. */
  async interrupt(): Promise<void> {
    if (this.#foreground === undefined) return;
    const { step, ended } = this.#foreground;
    this.#foreground = undefined;
    const before = this.#terminal.output.length;
    try {
      this.#terminal.pressCtrlC();
      const code = await pTimeout(ended, {
        milliseconds: stopMs,
        message: `It goes on ${stopMs / 1000} s after Ctrl-C.`,
      });
      if (!endsAfterCtrlC.includes(code)) throw new Error(`After Ctrl-C it ended with exit code ${code}.`);
    } catch (error) {
      throw this.#error(step, error, before);
    }
  }

  async #carryOut(step: CommandStep, before: number): Promise<void> {
    const { deadlineMs } = this.#place;
    const ended = this.#terminal.run(step.text);
    if (step.ready) {
      await untilReady(step.ready, () => this.#terminal.output.slice(before), ended, deadlineMs);
      this.#foreground = { step, ended };
      return;
    }
    const code = await pTimeout(ended, {
      milliseconds: deadlineMs,
      message: `It has not ended after ${deadlineMs / 1000} s.`,
    });
    if (code !== step.exitCode)
      throw new Error(`It ended with exit code ${code}; ${step.exitCode} was expected.`);
  }

  #error({ line, text }: CommandStep, cause: unknown, before: number): DocumentError {
    const lines = this.#terminal.output.slice(before).trimEnd().split('\n');
    const shown = [...(lines.length > linesShown ? ['…'] : []), ...lines.slice(-linesShown)];
    // Not `instanceof Error`: those of Node's own modules are of another realm than a test's.
    const why = cause instanceof TimeoutError ? cause.message : String(Object(cause).message ?? cause);
    const output = shown.map((shownLine) => `  | ${shownLine}`).join('\n');
    return new DocumentError(`${this.#place.document}:${line}: ${text}\n${why} Its output:\n${output}`, {
      cause,
    });
  }
}

/** @throws when the command has ended, or is not ready in time */
async function untilReady(
  ready: Ready,
  output: () => string,
  ended: Promise<number>,
  deadlineMs: number,
): Promise<void> {
  let end: string | undefined;
  ended.then(
    (code) => {
      end = `ended with exit code ${code}`;
    },
    () => {
      end = 'ended the shell';
    },
  );
  const what = 'output' in ready ? `"${ready.output}"` : `an answer from ${ready.address}`;
  const hasCome = async () => {
    if (end !== undefined) return true;
    if ('output' in ready) return output().includes(ready.output);
    return (await fetch(ready.address, { signal: AbortSignal.timeout(2_000) })).status < 500;
  };
  await until(what, hasCome, deadlineMs);
  if (end !== undefined) throw new Error(`It was to stay in the foreground, and ${end}.`);
}

async function write({ path, content, line }: FileStep, { folder, document }: Place): Promise<void> {
  const file = resolve(folder, path);
  if (relative(folder, file).startsWith('..'))
    throw new DocumentError(`${document}:${line}: ${path} is outside of the clone.`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}

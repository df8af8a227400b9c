// Runs one of the project's commands as a user does, in a temporary folder of its own, so that what it leaves behind shows.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

export class Command implements AsyncDisposable {
  /** Its TMPDIR: every process of it carries this path in its environment. */
  readonly temporary = mkdtempSync(join(tmpdir(), 'command-'));
  output = '';
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;

  /** @param program such as `services/lab/src/commands/demo.ts`, run with this test's own Node. */
  constructor(program: string, args: readonly string[]) {
    // As root, Postgres runs as another user, who has to pass through to the folder that it owns.
    chmodSync(this.temporary, 0o711);
    this.#child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args], {
      cwd: root,
      env: { ...process.env, TMPDIR: this.temporary, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // a process group, as a terminal makes one: Ctrl-C goes to all of it
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        this.output += text;
      });
    }
    this.#ended = once(this.#child, 'close').then(([code]) => code);
  }

  /** Resolves with the exit code; null after a signal. */
  exitCode(): Promise<number | null> {
    return this.#ended;
  }

  /** Sends a signal to the whole process group, as Ctrl-C does. */
  signalGroup(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, signal);
  }

  async waitForOutput(pattern: RegExp, deadlineMs = 60_000): Promise<void> {
    await until(
      () => pattern.test(this.output),
      deadlineMs,
      () => `${pattern} in: ${this.output}`,
    );
  }

  /** The command lines of processes that it started and that still run. */
  processesLeft(): string[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) =>
        read(`/proc/${pid}/environ`).includes(this.temporary) ? [read(`/proc/${pid}/cmdline`)] : [],
      )
      .filter((commandLine) => commandLine !== ''); // a zombie has none: it has ended, and waits to be counted
  }

  /** Waits until nothing of it runs and nothing is in its temporary folder. */
  async waitUntilNothingIsLeft(deadlineMs: number): Promise<void> {
    const left = () => [...this.processesLeft(), ...readdirSync(this.temporary)];
    await until(
      () => left().length === 0,
      deadlineMs,
      () => `nothing left, but there is: ${left().join(' | ')}`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signalGroup('SIGTERM');
    await this.#ended;
    rmSync(this.temporary, { recursive: true, force: true });
  }
}

export async function until(
  condition: () => boolean,
  deadlineMs: number,
  awaited: () => string,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`Not within ${deadlineMs} ms: ${awaited()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // the process has just ended, or belongs to somebody else
  }
}

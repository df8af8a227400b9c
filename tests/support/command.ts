// Runs one of the project's programs as a user does, in a temporary folder of its own, so that what it leaves behind shows.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processesOf, type RunningProcess } from './processes.ts';
import { until } from './wait.ts';

const root = join(import.meta.dirname, '..', '..');
/** For all that it started to end, containers too. */
const endMs = 120_000;

export class Command implements AsyncDisposable {
  output = '';
  /** Its TMPDIR: every process of it carries this path in its environment. */
  readonly #temporary = mkdtempSync(join(tmpdir(), 'command-'));
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;

  /** @param program such as `services/lab/src/commands/demo.ts`, run with this test's own Node. */
  constructor(program: string, args: readonly string[]) {
    // As root, Postgres runs as another user, who has to pass through to the folder that it owns.
    chmodSync(this.#temporary, 0o711);
    this.#child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args], {
      cwd: root,
      env: { ...process.env, TMPDIR: this.#temporary, NODE_OPTIONS: '' },
      stdio: 'pipe',
      detached: true, // a process group, as a terminal makes one: Ctrl-C goes to all of it
    });
    this.#child.stdin?.on('error', () => {}); // It has ended, which its exit code says.
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

  /** Types a line. */
  write(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Sends a signal to the program alone. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends a signal to the whole process group, as Ctrl-C does. */
  signalGroup(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid !== undefined && this.#runs()) process.kill(-pid, signal);
  }

  /** Waits until it has written what the pattern finds, and returns the pattern's first group. */
  async waitForOutput(pattern: RegExp, deadlineMs = 60_000): Promise<string> {
    const find = () => pattern.exec(this.output);
    const [, group = ''] = await until(`output with ${pattern}`, find, deadlineMs, () => this.output);
    return group;
  }

  /** The processes that it started and that still run. */
  processes(): readonly RunningProcess[] {
    return processesOf(this.#temporary).filter(({ pid }) => pid !== this.#child.pid);
  }

  /** Waits until it has ended, nothing of it runs and nothing is in its temporary folder. */
  async waitUntilNothingIsLeft(deadlineMs: number): Promise<void> {
    const left = () => [
      ...(this.#runs() ? [`process ${this.#child.pid}`] : []),
      ...this.processes().map(({ command }) => command),
      ...readdirSync(this.#temporary),
    ];
    await until(
      'nothing is left',
      () => left().length === 0,
      deadlineMs,
      () => left().join(' | '),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signalGroup('SIGTERM');
    try {
      await this.waitUntilNothingIsLeft(endMs);
    } finally {
      this.signalGroup('SIGKILL');
      rmSync(this.#temporary, { recursive: true, force: true });
    }
  }

  #runs(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }
}

// A terminal with a bash in it, as a reader has it: variables and the folder stay, programs see a terminal and the Ctrl-C
// key. util-linux' `script` makes the terminal. bash reads its commands from a pipe of its own, so that no program takes them
// for its input, and writes the exit code of each to the terminal, after all that the command has written.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';

/** For bash to end when it has nothing more to do. */
const closeMs = 5_000;

export class Terminal implements AsyncDisposable {
  readonly pid: number;
  readonly #process: ChildProcess;
  readonly #commands: Writable;
  readonly #closed: Promise<unknown>;
  /** Stands before an exit code, and in nothing that a command writes. */
  readonly #mark = `exit-${randomBytes(8).toString('hex')}-`;
  #output = '';
  #codeArrived: ((code: number) => void) | undefined;

  private constructor(process: ChildProcess, pid: number, commands: Writable) {
    this.#process = process;
    this.pid = pid;
    this.#commands = commands;
    this.#closed = once(process, 'close');
    // When bash has ended these pipes break; `run` says so.
    for (const input of [commands, process.stdin]) input?.on('error', () => {});
    for (const stream of [process.stdout, process.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => this.#add(text));
    // Job control: Ctrl-C reaches the program in the foreground and not bash. The trap keeps bash where it would end because
    // its program has ended by Ctrl-C.
    commands.write('set -m; trap : INT; stty columns 150 rows 50\n');
  }

  /** @param env all of its environment */
  static async open(folder: string, env: Readonly<Record<string, string>>): Promise<Terminal> {
    const bash = 'exec bash --noprofile --norc <(exec cat <&3)';
    const child = spawn('script', ['--quiet', '--return', '--flush', '--command', bash, '/dev/null'], {
      cwd: folder,
      env: { ...env, SHELL: '/bin/bash' },
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      detached: true,
    });
    await once(child, 'spawn');
    const commands = child.stdio[3];
    if (child.pid === undefined || !commands || !('write' in commands)) throw new Error('script has no pipe');
    return new Terminal(child, child.pid, commands);
  }

  /** All that was written so far, without colours. */
  get output(): string {
    return stripVTControlCharacters(this.#output).replaceAll('\r\n', '\n');
  }

  /** Types one command. Resolves with its exit code; rejects when bash has ended with it. Not before the last one has ended. */
  async run(command: string): Promise<number> {
    const code = new Promise<number>((resolve) => {
      this.#codeArrived = resolve;
    });
    // The pipe is not the command's: what it leaves running would hold it open.
    this.#commands.write(`eval ${quoted(command)} 3<&-\nprintf '%s%s.' ${this.#mark} "$?" >/dev/tty\n`);
    const ended = await Promise.race([code, this.#closed.then(() => undefined)]);
    if (ended === undefined) throw new Error('The shell has ended.');
    return ended;
  }

  pressCtrlC(): void {
    this.#process.stdin?.write('\x03');
  }

  /** Closes it, as a reader closes a window: what still runs in it gets SIGHUP. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#commands.end();
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), closeMs);
    await this.#closed;
    clearTimeout(timer);
  }

  #add(text: string): void {
    this.#output = (this.#output + text).replace(new RegExp(`${this.#mark}(\\d+)\\.`), (_, code: string) => {
      this.#codeArrived?.(Number(code));
      return '';
    });
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

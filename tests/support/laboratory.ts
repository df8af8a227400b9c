import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { eventually } from '../../services/lab/src/fleet/eventually.ts';

/** A laboratory in a process of its own that runs a fleet, in a folder for temporary files of its own. */
export class Laboratory implements AsyncDisposable {
  readonly #folder: string;
  /** What starts or removes containers takes a multiple of what processes do. */
  readonly #patienceMs: number;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  #output = '';

  private constructor(folder: string, args: readonly string[]) {
    this.#folder = folder;
    this.#patienceMs = args.includes('compose') ? 120_000 : 40_000;
    const program = fileURLToPath(new URL('./run-fleet.ts', import.meta.url));
    const { PATH = '', HOME = '' } = process.env;
    this.#child = spawn(process.execPath, [program, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { PATH, HOME, TMPDIR: folder },
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
    });
  }

  static async open(...args: readonly string[]): Promise<Laboratory> {
    const folder = await mkdtemp(join(tmpdir(), 'laboratory-test-'));
    await chmod(folder, 0o711);
    return new Laboratory(folder, args);
  }

  tell(command: string): void {
    this.#child.stdin.write(`${command}\n`);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits until the laboratory has said something that the pattern finds, and returns its first group. */
  async says(pattern: RegExp): Promise<string> {
    const found = await eventually(
      `the laboratory says ${pattern}`,
      () => pattern.exec(this.#output) ?? undefined,
      { deadlineMs: this.#patienceMs, details: () => this.#output },
    );
    return found[1] ?? '';
  }

  /** The laboratory has ended, and neither a process nor a file of its fleet is left. */
  async leavesNothing(): Promise<void> {
    await eventually(
      'nothing of the fleet is left',
      async () =>
        this.#child.exitCode !== null || this.#child.signalCode !== null
          ? this.processes().length === 0 && (await readdir(this.#folder)).length === 0
          : false,
      {
        deadlineMs: this.#patienceMs,
        details: () => JSON.stringify([this.processes(), readdirSync(this.#folder)]),
      },
    );
  }

  /** The processes of the fleet, known by the temporary folder that they live in or were told of. */
  processes(): readonly { pid: number; command: string }[] {
    return allProcesses().filter(
      ({ pid, traces }) => traces.includes(this.#folder) && pid !== this.#child.pid,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.leavesNothing();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function allProcesses(): readonly { pid: number; command: string; traces: string }[] {
  if (!existsSync('/proc/self/environ')) {
    const table = execFileSync('ps', ['-A', '-E', '-o', 'pid=,command='], { encoding: 'utf8' });
    return table.split('\n').map((row) => ({ pid: Number.parseInt(row, 10), command: row, traces: row }));
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const [command = '', environment = ''] = ['cmdline', 'environ'].map((file) =>
          readFileSync(`/proc/${name}/${file}`, 'utf8').replaceAll('\0', ' '),
        );
        // nginx and Redis write their titles over their environment.
        return [{ pid: Number(name), command, traces: environment + readlinkSync(`/proc/${name}/cwd`) }];
      } catch {
        return []; // It ended in between, or is somebody else's.
      }
    });
}

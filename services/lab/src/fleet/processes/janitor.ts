import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { FleetError } from '../fleet.ts';
import { plainEnvironment } from './plain-environment.ts';

/**
 * Clears away what a fleet started if the laboratory dies in any way, SIGKILL too. It is a process of its own, told of
 * every process and folder over a pipe; when the pipe closes without a goodbye, the laboratory is dead.
 */
export class Janitor {
  readonly #pipe: Writable;
  readonly #ended: Promise<unknown>;

  private constructor(pipe: Writable, ended: Promise<unknown>) {
    this.#pipe = pipe;
    this.#ended = ended;
  }

  static async start(): Promise<Janitor> {
    const program = fileURLToPath(new URL('./janitor-process.ts', import.meta.url));
    // Detached: what kills the laboratory's process group must not take the janitor along.
    const child = spawn(process.execPath, [program], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: plainEnvironment(),
    });
    if (child.pid === undefined) {
      const [cause] = await once(child, 'error');
      throw new FleetError('The janitor could not be started', { cause });
    }
    // A broken pipe means that somebody killed the janitor. The fleet works without it, only not as safely.
    child.stdin.on('error', () => {});
    return new Janitor(child.stdin, once(child, 'exit'));
  }

  /** To be called for each process as soon as it has a pid. The signal is tried before SIGKILL. */
  processStarted(pid: number, clearSignal: NodeJS.Signals = 'SIGKILL'): void {
    this.#pipe.write(`started ${pid} ${clearSignal}\n`);
  }

  /** The number may belong to somebody else from now on. */
  processEnded(pid: number): void {
    this.#pipe.write(`ended ${pid}\n`);
  }

  folderMade(path: string): void {
    this.#pipe.write(`folder ${path}\n`);
  }

  /** All is cleared away already: the janitor ends without doing anything. Resolves when it has ended. */
  async goodbye(): Promise<void> {
    this.#pipe.end('goodbye\n');
    await this.#ended;
  }
}

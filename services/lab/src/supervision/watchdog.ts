import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { LaboratoryError } from './errors.ts';

/**
 * A process that notices when the laboratory dies, and then does what its program says: reaper-process.ts, or
 * fleet/compose/project-reaper-process.ts. The laboratory holds the one end of a pipe and the process reads the other.
 * The system closes the pipe when the laboratory ends in any way, by SIGKILL too. If it closes without a last line
 * `disarm`, the laboratory died before it had cleaned up.
 */
export class Watchdog {
  readonly #pipe: Writable;
  readonly #ended: Promise<unknown>;

  private constructor(pipe: Writable, ended: Promise<unknown>) {
    this.#pipe = pipe;
    this.#ended = ended;
  }

  /** @throws {LaboratoryError} when the process cannot be started */
  static async start(program: URL, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Watchdog> {
    // Detached: a signal to the laboratory's process group must not reach this process.
    const child = spawn(process.execPath, [fileURLToPath(program), ...args], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env,
    });
    if (child.pid === undefined) {
      const [cause] = await once(child, 'error');
      throw new LaboratoryError('The process that cleans up after the laboratory could not be started', {
        cause,
      });
    }
    // A broken pipe means that somebody killed it. The fleet works without it, only not as safely.
    child.stdin.on('error', () => {});
    return new Watchdog(child.stdin, once(child, 'exit'));
  }

  /** Tells it what it has to know for its work. */
  send(line: string): void {
    this.#pipe.write(`${line}\n`);
  }

  /** There is nothing left to clean up: it ends without doing anything. Resolves when it has ended. */
  async disarm(): Promise<void> {
    this.#pipe.end('disarm\n');
    await this.#ended;
  }
}

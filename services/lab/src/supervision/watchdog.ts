import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { FleetError } from '../fleet/fleet.ts';

/**
 * A program that acts when the laboratory dies in any way, SIGKILL too: a process of its own that reads from a pipe. When
 * that closes without a line `disarm`, the laboratory is dead.
 */
export class Watchdog {
  readonly #pipe: Writable;
  readonly #ended: Promise<unknown>;

  private constructor(pipe: Writable, ended: Promise<unknown>) {
    this.#pipe = pipe;
    this.#ended = ended;
  }

  /** @throws {FleetError} when the process cannot be started */
  static async start(program: URL, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Watchdog> {
    // Detached: what kills the laboratory's process group must not take this one along.
    const child = spawn(process.execPath, [fileURLToPath(program), ...args], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env,
    });
    if (child.pid === undefined) {
      const [cause] = await once(child, 'error');
      throw new FleetError('The process that clears up after the laboratory could not be started', { cause });
    }
    // A broken pipe means that somebody killed it. The fleet works without it, only not as safely.
    child.stdin.on('error', () => {});
    return new Watchdog(child.stdin, once(child, 'exit'));
  }

  /** Tells it what it must know to do its work. */
  say(line: string): void {
    this.#pipe.write(`${line}\n`);
  }

  /** All is cleared away already: it ends without doing anything. Resolves when it has ended. */
  async disarm(): Promise<void> {
    this.#pipe.end('disarm\n');
    await this.#ended;
  }
}

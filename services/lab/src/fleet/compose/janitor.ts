import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { FleetError } from '../fleet.ts';
import { dockerEnvironment } from './docker.ts';

/**
 * Removes a Compose project if the laboratory dies in any way, SIGKILL too: the engine would keep the containers for ever.
 * A process of its own that reads from a pipe; when that closes without a goodbye, the laboratory is dead.
 */
export class ProjectJanitor {
  readonly #pipe: Writable;
  readonly #ended: Promise<unknown>;

  private constructor(pipe: Writable, ended: Promise<unknown>) {
    this.#pipe = pipe;
    this.#ended = ended;
  }

  static async start(project: string): Promise<ProjectJanitor> {
    const program = fileURLToPath(new URL('./janitor-process.ts', import.meta.url));
    // Detached: what kills the laboratory's process group must not take the janitor along.
    const child = spawn(process.execPath, [program, project], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: dockerEnvironment(),
    });
    if (child.pid === undefined) {
      const [cause] = await once(child, 'error');
      throw new FleetError('The janitor could not be started', { cause });
    }
    // A broken pipe means that somebody killed the janitor. The fleet works without it, only not as safely.
    child.stdin.on('error', () => {});
    return new ProjectJanitor(child.stdin, once(child, 'exit'));
  }

  /** All is removed already: the janitor ends without doing anything. Resolves when it has ended. */
  async goodbye(): Promise<void> {
    this.#pipe.end('goodbye\n');
    await this.#ended;
  }
}

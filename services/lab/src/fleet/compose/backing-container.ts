import { eventually } from '../eventually.ts';
import { type BackingService, DependencyExited, FleetError, type Redis } from '../fleet.ts';
import type { ContainerExits } from './container-exits.ts';
import { docker } from './docker.ts';
import type { Project } from './project.ts';

const startMs = 60_000;
const endMs = 40_000;

/** Redis, Postgres or nginx: the one container of its service, with volumes that stay. */
export class BackingContainer implements BackingService {
  readonly #service: string;
  readonly #id: string;
  readonly #exits: ContainerExits;
  #wanted = true;

  /** @param onExited called when it ends although nobody asked it to */
  static async of(
    project: Project,
    service: string,
    exits: ContainerExits,
    onExited: (error: DependencyExited) => void,
  ) {
    const [container] = await project.containers(service);
    if (container === undefined) throw new FleetError(`The project has no container for ${service}`);
    const { id } = container;
    const backing = new BackingContainer(service, id, exits);
    exits.onExit(async (exit) => {
      if (exit.id !== id || !backing.#wanted || project.closing) return;
      backing.#wanted = false;
      const log = await docker(['logs', '--tail', '15', id]).catch(() => '');
      onExited(
        new DependencyExited(`${service} ended with exit code ${exit.exitCode}. Its last lines:\n${log}`),
      );
    });
    return backing;
  }

  private constructor(service: string, id: string, exits: ContainerExits) {
    this.#service = service;
    this.#id = id;
    this.#exits = exits;
  }

  async start(): Promise<void> {
    if (this.#wanted) throw new FleetError(`${this.#service} is started already`);
    await docker(['start', this.#id]);
    this.#wanted = true;
    await eventually(`${this.#service} is healthy`, async () => (await this.#health()) === 'healthy', {
      deadlineMs: startMs,
      everyMs: 100,
    });
  }

  async stop(): Promise<void> {
    await this.#end('stop');
  }

  async kill(): Promise<void> {
    await this.#end('kill');
  }

  async pause(): Promise<void> {
    this.#demandRunning();
    // By the freezer of its control group, which works like SIGSTOP on all of its processes.
    await docker(['pause', this.#id]);
  }

  async resume(): Promise<void> {
    this.#demandRunning();
    await docker(['unpause', this.#id]);
  }

  /** Runs a command in it and returns its standard output. */
  async exec(...command: readonly string[]): Promise<string> {
    return await docker(['exec', this.#id, ...command]);
  }

  /** The last lines that it wrote to its outputs. */
  async log(): Promise<string> {
    return await docker(['logs', '--tail', '300', this.#id]);
  }

  async #end(how: 'stop' | 'kill'): Promise<void> {
    this.#demandRunning();
    this.#wanted = false;
    const ended = this.#exits.next(this.#id, endMs);
    await Promise.all([ended, docker([how, this.#id])]);
  }

  #demandRunning(): void {
    if (!this.#wanted) throw new FleetError(`${this.#service} is not running`);
  }

  async #health(): Promise<string> {
    return (await docker(['inspect', '--format', '{{.State.Health.Status}}', this.#id])).trim();
  }
}

/** The container as the fleet's Redis. */
export function redisIn(container: BackingContainer): Redis {
  return Object.assign(container, {
    async usedBytes() {
      const [, bytes] =
        /^used_memory:(\d+)/m.exec(await container.exec('redis-admin', 'INFO', 'memory')) ?? [];
      if (bytes === undefined) throw new FleetError('INFO memory of Redis did not carry used_memory');
      return Number(bytes);
    },
  });
}

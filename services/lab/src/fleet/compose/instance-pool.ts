import type { LogTail } from '../../supervision/log-tail.ts';
import { FleetError } from '../fleet.ts';
import type { ContainerExits } from './container-exits.ts';
import { docker, dockerEnvironment } from './docker.ts';
import type { Project } from './project.ts';

/** One container of the app. */
export interface AppContainer {
  /** What it sends as X-Served-By: its host name, which is the beginning of its id and so is never used twice. */
  readonly name: string;
  readonly id: string;
  readonly log: LogTail;
}

/** The instances of a fleet, also those that have ended. */
export class ContainerPool {
  readonly #project: Project;
  readonly #exits: ContainerExits;
  readonly #all = new Map<string, AppContainer>();

  constructor(project: Project, exits: ContainerExits) {
    this.#project = project;
    this.#exits = exits;
  }

  /** Those that run now, oldest first. Logs of new ones are followed from here on, and kept when a container is removed. */
  async members(): Promise<readonly AppContainer[]> {
    const containers = await this.#project.containers('app');
    const running = containers.filter(
      ({ id, running }) => running && this.#exits.exitCodeOf(id) === undefined,
    );
    return await Promise.all(running.map(({ id }) => this.#known(id)));
  }

  /** Removes those that have ended: `docker compose up` would start them again, under their old names. */
  async removeExited(): Promise<void> {
    const containers = await this.#project.containers('app');
    const exited = containers.filter(({ running }) => !running).map(({ id }) => id);
    if (exited.length > 0) await docker(['rm', ...exited]);
  }

  /** @throws {FleetError} when no instance ever had this name */
  async find(name: string): Promise<AppContainer> {
    if (!this.#all.has(name)) await this.members();
    const instance = this.#all.get(name);
    if (instance === undefined) {
      throw new FleetError(`There is no instance ${name}; there are ${[...this.#all.keys()].join(', ')}`);
    }
    return instance;
  }

  /** @throws {FleetError} when there is no such instance, or it is not running */
  async running(name: string): Promise<AppContainer> {
    const instance = await this.find(name);
    if (this.#exits.exitCodeOf(instance.id) !== undefined) throw new FleetError(`${name} is not running`);
    return instance;
  }

  async #known(id: string): Promise<AppContainer> {
    const name = id.slice(0, 12);
    const known = this.#all.get(name);
    if (known !== undefined) return known;
    const follower = await this.#project.workspace.start({
      name: `docker logs ${name}`,
      command: 'docker',
      args: ['logs', '--follow', id],
      env: dockerEnvironment(),
    });
    // Two calls may have started one at the same time. The second does no harm.
    const instance = this.#all.get(name) ?? { name, id, log: follower.log };
    this.#all.set(name, instance);
    return instance;
  }
}

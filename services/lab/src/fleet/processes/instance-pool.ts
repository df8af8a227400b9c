import type { Workspace } from '../../supervision/workspace.ts';
import { FleetError } from '../fleet.ts';
import { AppInstance, type InstanceOptions } from './instance.ts';
import type { Server } from './nginx-upstream.ts';

/** The instances of a fleet, also those that have ended. */
export class InstancePool {
  readonly #workspace: Workspace;
  readonly #options: Omit<InstanceOptions, 'name'>;
  readonly #all = new Map<string, AppInstance>();
  readonly #removed = new Set<AppInstance>();
  #lastNumber = 0;

  constructor(workspace: Workspace, options: Omit<InstanceOptions, 'name'>) {
    this.#workspace = workspace;
    this.#options = options;
  }

  /** Those that run and are to get requests, oldest first. */
  get members(): readonly AppInstance[] {
    return [...this.#all.values()].filter((instance) => instance.running && !this.#removed.has(instance));
  }

  /** Starts as many at once and resolves when each is ready. */
  async add(count: number): Promise<void> {
    const names = Array.from({ length: count }, () => `app-${++this.#lastNumber}`);
    const added = await Promise.all(
      names.map((name) => AppInstance.start(this.#workspace, { ...this.#options, name })),
    );
    // Only now, and in the order of their names, whichever was ready first.
    for (const instance of added) this.#all.set(instance.name, instance);
  }

  /** The members as the proxy sees them. */
  get servers(): readonly Server[] {
    return this.members.map(({ name, port }) => ({ name, port }));
  }

  /** Takes one from the members; it goes on running. */
  remove(instance: AppInstance): void {
    this.#removed.add(instance);
  }

  /** @throws {FleetError} When no instance ever had this name. */
  find(name: string): AppInstance {
    const instance = this.#all.get(name);
    if (!instance)
      throw new FleetError(`There is no instance ${name}; there are ${[...this.#all.keys()].join(', ')}`);
    return instance;
  }

  /** @throws {FleetError} When there is no such instance, or it is not running. */
  running(name: string): AppInstance {
    const instance = this.find(name);
    if (!instance.running) throw new FleetError(`${name} is not running`);
    return instance;
  }
}

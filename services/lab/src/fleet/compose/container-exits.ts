import pTimeout from 'p-timeout';
import { z } from 'zod';
import { FleetError } from '../fleet.ts';
import { dockerEnvironment } from './docker.ts';
import type { Project } from './project.ts';

const event = z.object({
  Actor: z.object({
    ID: z.string(),
    Attributes: z.looseObject({ exitCode: z.string(), 'com.docker.compose.service': z.string() }),
  }),
});

/** A container's main process has ended. */
export interface ContainerExit {
  readonly id: string;
  readonly service: string;
  /** As shells have it: 128 and the number of a signal that ended it. */
  readonly exitCode: number;
}

/** The engine's events tell of each container of a project that ends. Nothing has to be polled, and none is missed. */
export class ContainerExits {
  readonly #listeners = new Set<(exit: ContainerExit) => void>();
  readonly #exitCodes = new Map<string, number>();

  /** Resolves when every exit from this moment on is noticed. */
  static async listen(project: Project): Promise<ContainerExits> {
    const exits = new ContainerExits();
    const child = await project.workspace.start({
      name: 'docker events',
      command: 'docker',
      args: [
        ...['events', '--format', '{{json .}}', '--filter', 'event=die'],
        ...['--filter', `label=com.docker.compose.project=${project.name}`],
        // From before the command was started, so that nothing is missed until it runs.
        ...['--since', String(Math.floor(Date.now() / 1000))],
      ],
      env: dockerEnvironment(),
    });
    child.log.listen((line) => exits.#read(line));
    return exits;
  }

  /** Resolves with the exit code of this container's next end. To be called before what ends it. */
  next(id: string, deadlineMs: number): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    const stop = this.onExit((exit) => exit.id === id && resolve(exit.exitCode));
    return pTimeout(promise, {
      milliseconds: deadlineMs,
      message: new FleetError(`Container ${id.slice(0, 12)} did not end in ${deadlineMs / 1000} s`),
    }).finally(stop);
  }

  /** The exit code of its last end; undefined when it never ended. */
  exitCodeOf(id: string): number | undefined {
    return this.#exitCodes.get(id);
  }

  /** @returns a function that ends the listening */
  onExit(listener: (exit: ContainerExit) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #read(line: string): void {
    if (!line.startsWith('{')) return;
    const { data } = event.safeParse(JSON.parse(line));
    if (data === undefined) return;
    const { ID: id, Attributes: attributes } = data.Actor;
    const exit = {
      id,
      service: attributes['com.docker.compose.service'],
      exitCode: Number(attributes.exitCode),
    };
    this.#exitCodes.set(id, exit.exitCode);
    for (const listener of this.#listeners) listener(exit);
  }
}

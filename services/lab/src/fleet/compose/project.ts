import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Watchdog } from '../../supervision/watchdog.ts';
import { Workspace } from '../../supervision/workspace.ts';
import { FleetError } from '../fleet.ts';
import { docker, dockerEnvironment, dockerLines } from './docker.ts';
import { root } from './images.ts';
import { removeProject } from './remove-project.ts';

/** Starting everything on a busy machine with two cores takes half a minute. */
const upMs = 240_000;

/** A container of the project that exists, running or not. */
export interface ProjectContainer {
  /** All 64 digits. */
  readonly id: string;
  readonly service: string;
  /** Counts up within a service; the next one gets the highest number and one more. */
  readonly number: number;
  /** Also true when it is paused. */
  readonly running: boolean;
}

/**
 * A Compose project under a name of its own, so that several can run beside each other. Disposing it removes its
 * containers, networks and volumes. If the laboratory dies, a watchdog process does so: project-reaper-process.ts.
 */
export class Project implements AsyncDisposable {
  readonly name: string;
  readonly workspace: Workspace;
  readonly #reaper: Watchdog;
  #variables: Readonly<Record<string, string>> = {};
  #removing: Promise<void> | undefined;

  private constructor(name: string, workspace: Workspace, reaper: Watchdog) {
    this.name = name;
    this.workspace = workspace;
    this.#reaper = reaper;
  }

  static async open(): Promise<Project> {
    const name = `sessions-lab-${randomBytes(4).toString('hex')}`;
    const workspace = await Workspace.open();
    try {
      return new Project(name, workspace, await startReaper(name));
    } catch (error) {
      await workspace[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** To be called before the first {@link up}. @param variables for the `${…}` of docker-compose.yml */
  async configure(override: string, variables: Readonly<Record<string, string>>): Promise<void> {
    await writeFile(this.#override, override);
    this.#variables = variables;
  }

  /** `docker compose up` with these arguments, in the background. @throws {FleetError} with the state and the logs of the containers */
  async up(...args: readonly string[]): Promise<void> {
    const files = ['--file', `${root}/docker-compose.yml`, '--file', this.#override];
    const child = await this.workspace.start({
      name: 'docker compose up',
      command: 'docker',
      args: ['compose', '--project-name', this.name, ...files, 'up', '--detach', '--no-build', ...args],
      env: { ...dockerEnvironment(), ...this.#variables },
    });
    const { code } = await child.end(upMs);
    if (code === 0) return;
    const logs = await this.#logsOfFailed().catch(() => '');
    throw new FleetError(`docker compose up ${args.join(' ')} failed:\n${child.log.excerpt()}${logs}`);
  }

  /** Those of one service or of all, by service and number. */
  async containers(service?: string): Promise<readonly ProjectContainer[]> {
    const lines = await dockerLines(
      ...['ps', '--all', '--no-trunc', '--filter', `label=com.docker.compose.project=${this.name}`],
      ...(service === undefined ? [] : ['--filter', `label=com.docker.compose.service=${service}`]),
      ...['--format', `{{.ID}} {{.State}} ${label('service')} ${label('container-number')}`],
    );
    return lines
      .map((line) => {
        const [id = '', state = '', ofService = '', number] = line.split(' ');
        const running = state === 'running' || state === 'paused';
        return { id, service: ofService, number: Number(number), running };
      })
      .sort((a, b) => a.service.localeCompare(b.service) || a.number - b.number);
  }

  /** Whether disposal has begun, so that the end of a container is expected. */
  get closing(): boolean {
    return this.#removing !== undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#removing ??= this.#remove();
    return this.#removing;
  }

  async #remove(): Promise<void> {
    // First the commands that may still be starting containers.
    await this.workspace[Symbol.asyncDispose]();
    await removeProject(this.name);
    await this.#reaper.disarm();
  }

  get #override(): string {
    return join(this.workspace.folder, 'override.json');
  }

  /** Of the containers that ended or are unhealthy. */
  async #logsOfFailed(): Promise<string> {
    const containers = await this.containers();
    const logs = containers.map(async ({ id, service, number }) => {
      const [state = ''] = await dockerLines(
        ...[
          'inspect',
          id,
          '--format',
          '{{.State.Status}} {{.State.ExitCode}}{{with .State.Health}} {{.Status}}{{end}}',
        ],
      );
      if (state === 'exited 0' || state.endsWith(' healthy')) return '';
      const log = await docker(['logs', '--tail', '10', id]);
      return `\n${service}-${number} (${state}):\n${log}`;
    });
    return (await Promise.all(logs)).join('');
  }
}

/** Needed because the engine goes on running the containers when the laboratory has died. */
async function startReaper(project: string): Promise<Watchdog> {
  const program = new URL('./project-reaper-process.ts', import.meta.url);
  return await Watchdog.start(program, [project], dockerEnvironment());
}

const label = (name: string) => `{{.Label "com.docker.compose.${name}"}}`;

// Where a document is followed: a temporary folder with a fresh clone, and all that its commands start. Disposing it stops and
// removes everything, after a failure too; when this process dies, watchdogs do.

import { randomBytes } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { dockerEnvironment } from '../../../services/lab/src/fleet/compose/docker.ts';
import { engineAnswers } from '../../../services/lab/src/fleet/compose/engine.ts';
import { removeProject } from '../../../services/lab/src/fleet/compose/remove-project.ts';
import { signalProcess, signalTree } from '../../../services/lab/src/supervision/process-tree.ts';
import { Reaper } from '../../../services/lab/src/supervision/reaper.ts';
import { removeFolder } from '../../../services/lab/src/supervision/remove-folder.ts';
import { untilOrGiveUp } from '../../../services/lab/src/supervision/until-or-give-up.ts';
import { Watchdog } from '../../../services/lab/src/supervision/watchdog.ts';
import { processesOf } from '../../support/processes.ts';
import { Terminal } from './terminal.ts';

export class Scene implements AsyncDisposable {
  /** The clone. Its name, which Compose takes for the project's, is of this run alone. */
  readonly clone: string;
  readonly #folder: string;
  readonly #endMs: number;
  readonly #reaper: Reaper;
  /** With the one that removes each, should this process die. */
  readonly #projects: ReadonlyMap<string, Watchdog>;
  readonly #terminals: Terminal[] = [];

  private constructor(
    folder: string,
    endMs: number,
    reaper: Reaper,
    projects: ReadonlyMap<string, Watchdog>,
  ) {
    this.#folder = folder;
    this.#endMs = endMs;
    this.clone = join(folder, basename(folder));
    this.#reaper = reaper;
    this.#projects = projects;
  }

  /**
   * @param options.endMs how long what was started has to end by itself. Default: 60 s; containers have up to 30 to stop
   * @param options.projects names of Compose projects that the commands make, beside that of the clone's folder
   * @param options.containers whether commands may start containers. Default: where a Docker engine answers
   */
  static async open({
    endMs = 60_000,
    projects: named = [],
    containers,
  }: {
    endMs?: number;
    projects?: readonly string[];
    containers?: boolean;
  } = {}): Promise<Scene> {
    const reaper = await Reaper.start();
    const folder = join(tmpdir(), `document-${randomBytes(4).toString('hex')}`);
    reaper.folderMade(folder);
    await mkdir(folder);
    // As root, Postgres runs as another user, who has to pass through to the folder that it owns.
    await chmod(folder, 0o711);
    const program = new URL(
      '../../../services/lab/src/fleet/compose/project-reaper-process.ts',
      import.meta.url,
    );
    const hasEngine = containers ?? (await engineAnswers());
    const projects = new Map<string, Watchdog>();
    for (const project of hasEngine ? [basename(folder), ...named] : [])
      projects.set(project, await Watchdog.start(program, [project], dockerEnvironment()));
    return new Scene(folder, endMs, reaper, projects);
  }

  async openTerminal(): Promise<Terminal> {
    const terminal = await Terminal.open(this.clone, this.#environment());
    this.#reaper.processStarted(terminal.pid, 'SIGTERM');
    this.#terminals.push(terminal);
    return terminal;
  }

  /**
   * The reader closes the terminals. @throws with what the document's commands have started and have not stopped; containers,
   * which are meant to stay, do not count
   */
  async expectNothingRuns(deadlineMs: number): Promise<void> {
    for (const terminal of this.#terminals) await terminal[Symbol.asyncDispose]();
    await untilOrGiveUp(() => this.#processes().length === 0, deadlineMs);
    const left = this.#processes().map(({ command }) => command);
    if (left.length > 0)
      throw new Error(`At the end of the document there still runs:\n  ${left.join('\n  ')}`);
  }

  #processes() {
    return processesOf(this.#folder);
  }

  /** That of this process without what tests and npm have put there: a reader has none of it. */
  #environment(): Record<string, string> {
    const { PATH = '', ...others } = dockerEnvironment();
    const path = PATH.split(':').filter((folder) => !/node_modules\/|node-gyp-bin/.test(folder));
    return {
      ...others,
      PATH: path.join(':'),
      TMPDIR: this.#folder,
      // For the reader of a failed test: no progress bars, one line after the other.
      ...{
        TERM: 'dumb',
        NO_COLOR: '1',
        COMPOSE_PROGRESS: 'plain',
        COMPOSE_ANSI: 'never',
        COMPOSE_MENU: 'false',
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { pid } of this.#processes()) signalProcess(pid, 'SIGTERM');
    await untilOrGiveUp(() => this.#processes().length === 0, this.#endMs);
    for (const { pid } of this.#processes()) signalTree(pid, 'SIGKILL');
    for (const terminal of this.#terminals) {
      await terminal[Symbol.asyncDispose]();
      this.#reaper.processEnded(terminal.pid);
    }
    for (const [project, watchdog] of this.#projects) {
      await removeProject(project);
      await watchdog.disarm();
    }
    await removeFolder(this.#folder);
    await this.#reaper.disarm();
  }
}

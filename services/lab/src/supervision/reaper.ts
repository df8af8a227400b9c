import { inheritedEnvironment } from './child.ts';
import { Watchdog } from './watchdog.ts';

/**
 * Ends the processes and removes the folders of a fleet if the laboratory dies. It is told of each of them as soon as it
 * exists. reaper-process.ts does the work, in a process that outlives the laboratory (a {@link Watchdog}).
 */
export class Reaper {
  readonly #watchdog: Watchdog;

  private constructor(watchdog: Watchdog) {
    this.#watchdog = watchdog;
  }

  static async start(): Promise<Reaper> {
    const program = new URL('./reaper-process.ts', import.meta.url);
    return new Reaper(await Watchdog.start(program, [], inheritedEnvironment()));
  }

  /** To be called for each process as soon as it has a pid. @param endSignal tried before SIGKILL */
  processStarted(pid: number, endSignal: NodeJS.Signals = 'SIGKILL'): void {
    this.#watchdog.send(`started ${pid} ${endSignal}`);
  }

  /** The system may give the number to another process from now on. */
  processEnded(pid: number): void {
    this.#watchdog.send(`ended ${pid}`);
  }

  folderMade(path: string): void {
    this.#watchdog.send(`folder ${path}`);
  }

  /** All is ended and removed already: the reaper ends without doing anything. Resolves when it has ended. */
  async disarm(): Promise<void> {
    await this.#watchdog.disarm();
  }
}

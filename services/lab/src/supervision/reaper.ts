import { plainEnvironment } from './plain-environment.ts';
import { Watchdog } from './watchdog.ts';

/** Clears away what a fleet started if the laboratory dies. It is told of every process and folder. */
export class Reaper {
  readonly #watchdog: Watchdog;

  private constructor(will: Watchdog) {
    this.#watchdog = will;
  }

  static async start(): Promise<Reaper> {
    const program = new URL('./reaper-process.ts', import.meta.url);
    return new Reaper(await Watchdog.start(program, [], plainEnvironment()));
  }

  /** To be called for each process as soon as it has a pid. The signal is tried before SIGKILL. */
  processStarted(pid: number, clearSignal: NodeJS.Signals = 'SIGKILL'): void {
    this.#watchdog.say(`started ${pid} ${clearSignal}`);
  }

  /** The number may belong to somebody else from now on. */
  processEnded(pid: number): void {
    this.#watchdog.say(`ended ${pid}`);
  }

  folderMade(path: string): void {
    this.#watchdog.say(`folder ${path}`);
  }

  /** All is cleared away already: the reaper ends without doing anything. Resolves when it has ended. */
  async disarm(): Promise<void> {
    await this.#watchdog.disarm();
  }
}

import { LastWill } from './last-will.ts';
import { plainEnvironment } from './plain-environment.ts';

/** Clears away what a fleet started if the laboratory dies. It is told of every process and folder. */
export class Janitor {
  readonly #will: LastWill;

  private constructor(will: LastWill) {
    this.#will = will;
  }

  static async start(): Promise<Janitor> {
    const program = new URL('./janitor-process.ts', import.meta.url);
    return new Janitor(await LastWill.start(program, [], plainEnvironment()));
  }

  /** To be called for each process as soon as it has a pid. The signal is tried before SIGKILL. */
  processStarted(pid: number, clearSignal: NodeJS.Signals = 'SIGKILL'): void {
    this.#will.say(`started ${pid} ${clearSignal}`);
  }

  /** The number may belong to somebody else from now on. */
  processEnded(pid: number): void {
    this.#will.say(`ended ${pid}`);
  }

  folderMade(path: string): void {
    this.#will.say(`folder ${path}`);
  }

  /** All is cleared away already: the janitor ends without doing anything. Resolves when it has ended. */
  async goodbye(): Promise<void> {
    await this.#will.goodbye();
  }
}

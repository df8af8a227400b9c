import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./hash-clock-process.ts', import.meta.url));

/**
 * Measures how long one bcrypt hash takes on this machine at the moment, all the time from when it is made until it is
 * disposed. A control for experiments about hashing: whatever slows the machine down slows it down as well.
 *
 * A process in a session of its own, as each instance is. Linux shares the processor among sessions (sched(7), "The
 * autogroup feature"): in the laboratory's own, the control would take it from those who send the requests.
 */
export class HashClock implements Disposable {
  readonly #process;
  readonly #durationsMs: number[] = [];

  /** @param rounds bcrypt's cost, 4 to 31 */
  constructor(rounds: number) {
    this.#process = spawn(process.execPath, [program, String(rounds)], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    createInterface({ input: this.#process.stdout }).on('line', (ms) => this.#durationsMs.push(Number(ms)));
  }

  /** How long each hash took until now, in milliseconds. */
  get durationsMs(): readonly number[] {
    return this.#durationsMs;
  }

  [Symbol.dispose](): void {
    this.#process.kill('SIGKILL');
  }
}

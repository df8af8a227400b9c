// Progress: a line for each experiment that has ended, and on a terminal a status line that is rewritten.

import type { Writable } from 'node:stream';
import { type Experiment, verdictInWords } from '../experiments/experiment.ts';
import type { ExperimentResult, Watcher } from '../experiments/run-experiments.ts';
import type { Strategy } from '../fleet/fleet.ts';

interface Screen extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const eraseLine = '\r\x1b[2K';

/** @param total how many results there will be. */
export class Progress implements Watcher {
  readonly #screen: Screen;
  readonly #total: number;
  readonly #steps = new Map<Strategy, string>();
  #done = 0;

  constructor(screen: Screen, total: number) {
    this.#screen = screen;
    this.#total = total;
  }

  step(strategy: Strategy, experiment: Experiment | undefined, what: string): void {
    this.#steps.set(strategy, experiment ? `${experiment.name}, ${what}` : what);
    this.#draw();
  }

  finished(result: ExperimentResult): void {
    const { experiment, strategy, seconds } = result;
    this.#done++;
    const count = `[${String(this.#done).padStart(String(this.#total).length)}/${this.#total}]`;
    this.say(
      `${count} ${strategy.padEnd(13)} ${experiment.padEnd(21)} ${seconds.toFixed(1).padStart(5)} s  ${verdictInWords(result)}`,
    );
    this.#draw();
  }

  /** A line that stays. */
  say(line: string): void {
    this.#screen.write(`${this.#screen.isTTY ? eraseLine : ''}${line}\n`);
  }

  /** Erases the status line. */
  clear(): void {
    if (this.#screen.isTTY) this.#screen.write(eraseLine);
  }

  #draw(): void {
    if (!this.#screen.isTTY) return;
    const text = [...this.#steps].map(([strategy, what]) => `${strategy}: ${what}`).join(' · ');
    this.#screen.write(eraseLine + text.slice(0, (this.#screen.columns ?? 80) - 1));
  }
}

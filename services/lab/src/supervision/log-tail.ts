import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

type Listener = (line: string) => void;

/** The last lines that a process wrote, on either of its outputs. Listeners get each new one. */
export class LogTail {
  readonly #lines: string[] = [];
  readonly #listeners = new Set<Listener>();
  readonly #capacity: number;

  /** @param capacity How many lines are kept, 1 or more. */
  constructor(capacity = 300) {
    this.#capacity = capacity;
  }

  follow(stream: Readable): void {
    createInterface({ input: stream }).on('line', (line) => this.add(line));
  }

  /** Oldest first. */
  get lines(): readonly string[] {
    return [...this.#lines];
  }

  /** The last few lines as one text, for an error message. */
  excerpt(count = 15): string {
    const last = this.#lines.slice(-count);
    return last.length === 0 ? '  (it wrote nothing)' : last.map((line) => `  ${line}`).join('\n');
  }

  /** Calls the listener for each line from now on, until the returned function is called. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > this.#capacity) this.#lines.shift();
    for (const listener of this.#listeners) listener(line);
  }
}

import type { LogTail } from '../../supervision/log-tail.ts';

/**
 * Which workers of nginx take new connections, from what nginx says about itself at the level `notice`. A worker says
 * that it is shutting down before it closes its listening sockets, in one go: it accepts nothing more in between.
 */
export class NginxWorkers {
  readonly #accepting = new Set<number>();
  readonly #leaving = new Set<number>();
  #refusal: string | undefined;

  constructor(log: LogTail) {
    for (const line of log.lines) this.#read(line);
    log.listen((line) => this.#read(line));
  }

  get accepting(): ReadonlySet<number> {
    return new Set(this.#accepting);
  }

  /** How many finish what they have begun, by the configuration that they know. */
  get leaving(): number {
    return this.#leaving.size;
  }

  /** What nginx said when it could not use its new configuration, once. It goes on with the old one then. */
  takeRefusal(): string | undefined {
    const refusal = this.#refusal;
    this.#refusal = undefined;
    return refusal;
  }

  #read(line: string): void {
    const [, started] = /start worker process (\d+)/.exec(line) ?? [];
    const [, leaving] = /(\d+)#\d+: gracefully shutting down/.exec(line) ?? [];
    const [, ended] = /worker process (\d+) exited/.exec(line) ?? [];
    if (started) this.#accepting.add(Number(started));
    if (leaving && this.#accepting.delete(Number(leaving))) this.#leaving.add(Number(leaving));
    if (ended) {
      this.#accepting.delete(Number(ended));
      this.#leaving.delete(Number(ended));
    }
    if (line.includes('[emerg]')) this.#refusal = line;
  }
}

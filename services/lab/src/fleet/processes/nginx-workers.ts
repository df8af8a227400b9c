import type { LogTail } from '../../supervision/log-tail.ts';

/**
 * Which workers of nginx accept new connections, according to nginx' log at the level `notice`. A worker logs that it is
 * shutting down before it closes its listening sockets, with nothing in between in which it could accept one.
 */
export class NginxWorkers {
  readonly #accepting = new Set<number>();
  readonly #shuttingDown = new Set<number>();
  #reloadError: string | undefined;

  constructor(log: LogTail) {
    for (const line of log.lines) this.#read(line);
    log.listen((line) => this.#read(line));
  }

  get accepting(): ReadonlySet<number> {
    return new Set(this.#accepting);
  }

  /** How many finish what they have begun, with the configuration that they started with. */
  get shuttingDown(): number {
    return this.#shuttingDown.size;
  }

  /** What nginx logged when it could not use its new configuration, given once. It goes on with the old one then. */
  takeReloadError(): string | undefined {
    const reloadError = this.#reloadError;
    this.#reloadError = undefined;
    return reloadError;
  }

  #read(line: string): void {
    const [, started] = /start worker process (\d+)/.exec(line) ?? [];
    const [, shuttingDown] = /(\d+)#\d+: gracefully shutting down/.exec(line) ?? [];
    const [, ended] = /worker process (\d+) exited/.exec(line) ?? [];
    if (started) this.#accepting.add(Number(started));
    if (shuttingDown && this.#accepting.delete(Number(shuttingDown))) {
      this.#shuttingDown.add(Number(shuttingDown));
    }
    if (ended) {
      this.#accepting.delete(Number(ended));
      this.#shuttingDown.delete(Number(ended));
    }
    if (line.includes('[emerg]')) this.#reloadError = line;
  }
}

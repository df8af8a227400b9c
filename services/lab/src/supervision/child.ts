import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import pTimeout from 'p-timeout';
import { LaboratoryError } from './errors.ts';
import { LogTail } from './log-tail.ts';
import { signalGroup, signalProcess, signalTree } from './process-tree.ts';
import type { SystemUser } from './unprivileged-user.ts';

export interface ChildOptions {
  /** What error messages call it: "nginx", "app-2". */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment; nothing is inherited, so that a fleet is the same wherever it is started. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What ends it when the fleet is disposed, for a process that has something to release then. Default: SIGKILL. */
  readonly endSignal?: NodeJS.Signals;
  /** The user that it runs as. Default: the one that runs the laboratory. */
  readonly user?: SystemUser | undefined;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * A process in a session of its own, so that Ctrl-C in a terminal does not reach it: the laboratory ends what it
 * started itself, in order. The last lines of its output are kept.
 *
 * Node's own `spawn`, since execa waits until the outputs are closed, which a grandchild can put off, and loads a hundred
 * files for what is left.
 */
export class Child {
  readonly name: string;
  readonly pid: number;
  readonly endSignal: NodeJS.Signals;
  readonly log: LogTail;
  /** Resolves when the process has ended and the last lines of its output have been read. Never rejects. */
  readonly ended: Promise<Ended>;
  #running = true;

  private constructor(options: ChildOptions, pid: number, log: LogTail, ended: Promise<Ended>) {
    this.name = options.name;
    this.endSignal = options.endSignal ?? 'SIGKILL';
    this.pid = pid;
    this.log = log;
    this.ended = ended;
    ended.then(() => {
      this.#running = false;
    });
  }

  /**
   * Starts the process. `onPid` is called before anything else can happen, so that a reaper can know of it.
   *
   * @throws {LaboratoryError} When the program cannot be executed.
   */
  static async start(options: ChildOptions, onPid?: (pid: number) => void): Promise<Child> {
    const spawned = spawn(options.command, options.args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...inheritedEnvironment(), ...options.env },
      ...(options.cwd && { cwd: options.cwd }),
      ...(options.user && { uid: options.user.uid, gid: options.user.gid }),
    });
    if (spawned.pid === undefined) {
      const [cause] = await once(spawned, 'error');
      throw new LaboratoryError(`${options.name} could not be started: ${options.command}`, { cause });
    }
    onPid?.(spawned.pid);
    const log = new LogTail();
    log.follow(spawned.stdout);
    log.follow(spawned.stderr);
    return new Child(options, spawned.pid, log, endOf(spawned, spawned.pid));
  }

  get running(): boolean {
    return this.#running;
  }

  /** Sends a signal to the process itself, which passes on to its children what they need to know. */
  signal(signal: NodeJS.Signals): void {
    if (this.#running) signalProcess(this.pid, signal);
  }

  /** Sends a signal to the process and to all below it. */
  signalAll(signal: NodeJS.Signals): void {
    if (this.#running) signalTree(this.pid, signal);
  }

  /**
   * Waits for a line of the log, also one that is already there, and returns what `find` makes of it.
   *
   * @throws {LaboratoryError} When the deadline passes or the process ends first, with its last lines.
   */
  async line<T>(what: string, find: (line: string) => T | undefined, deadlineMs: number): Promise<T> {
    const found = Promise.withResolvers<T>();
    const look = (line: string) => {
      const result = find(line);
      if (result !== undefined) found.resolve(result);
    };
    const stopListening = this.log.listen(look);
    this.log.lines.forEach(look);
    try {
      const endedFirst = this.ended.then((end) => {
        throw this.#error(`ended (${describeExit(end)}) before ${what}`);
      });
      return await pTimeout(Promise.race([found.promise, endedFirst]), {
        milliseconds: deadlineMs,
        fallback: () => {
          throw this.#error(`had ${deadlineMs / 1000} s, which were over before ${what}`);
        },
      });
    } finally {
      stopListening();
    }
  }

  /**
   * Resolves with how the process ended.
   *
   * @throws {LaboratoryError} When it is still running at the deadline.
   */
  async end(deadlineMs: number): Promise<Ended> {
    return await pTimeout(this.ended, {
      milliseconds: deadlineMs,
      fallback: () => {
        throw this.#error(`did not end in ${deadlineMs / 1000} s`);
      },
    });
  }

  #error(what: string): LaboratoryError {
    return new LaboratoryError(`${this.name} ${what}:\n${this.log.excerpt()}`);
  }
}

/**
 * What a process inherits of the environment that the laboratory was started in. Not all of it: a NODE_OPTIONS or a
 * PGDATA that somebody has set would make their fleet a different one.
 */
export function inheritedEnvironment(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG'];
  return Object.fromEntries(kept.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

/** Says how a process ended, in a few words. */
export function describeExit(end: Ended): string {
  return end.signal ? `by ${end.signal}` : `with exit code ${end.code}`;
}

async function endOf(spawned: ChildProcess, pid: number): Promise<Ended> {
  const closed = once(spawned, 'close');
  const [code, signal] = await once(spawned, 'exit');
  // What the leader leaves behind in its group (nginx's workers, when the master was killed) must not outlive it. The
  // system cannot have given the group's number to another process as long as one of them runs.
  signalGroup(pid, 'SIGKILL');
  // `close` comes when the outputs have been read to their end. A grandchild may hold them open, so this wait is short.
  await Promise.race([closed, sleep(200, undefined, { ref: false })]);
  return { code, signal };
}

import { type Child, type ChildOptions, describeExit } from '../../supervision/child.ts';
import { isAlive, processTree } from '../../supervision/process-tree.ts';
import type { Workspace } from '../../supervision/workspace.ts';
import { eventually } from '../eventually.ts';
import { type BackingService, DependencyExited, FleetError } from '../fleet.ts';

export interface BackingProcessOptions {
  readonly command: ChildOptions;
  /** The signal for an orderly end. */
  readonly stopSignal: NodeJS.Signals;
  /** Resolves with true when it serves. Throwing means "not yet". */
  readonly isServing: () => Promise<boolean>;
  readonly onExited: (error: DependencyExited) => void;
  /** How long a start may take, in milliseconds. Default: 20 s. */
  readonly startMs?: number | undefined;
}

// Both take well under a second. With four fleets that start at once on two cores it can be ten, and one that hangs is
// still named before a test's own deadline.
const defaultStartMs = 20_000;
const endMs = 10_000;

/** Redis or Postgres as one process (and what it starts itself), on files and a port that stay the same. */
export class BackingProcess implements BackingService {
  readonly #workspace: Workspace;
  readonly #options: BackingProcessOptions;
  #child: Child | undefined;

  constructor(workspace: Workspace, options: BackingProcessOptions) {
    this.#workspace = workspace;
    this.#options = options;
  }

  async start(): Promise<void> {
    const { name } = this.#options.command;
    if (this.#child) throw new FleetError(`${name} is started already`);
    const child = await this.#workspace.start(this.#options.command);
    this.#child = child;
    let serving = false;
    child.ended.then((end) => {
      // stop() and kill() set #child to undefined first, so neither of them caused this end.
      if (this.#child !== child || this.#workspace.closing) return;
      this.#child = undefined;
      if (!serving) return; // start() throws
      this.#options.onExited(
        new DependencyExited(`${name} ended ${describeExit(end)}. Its last lines:\n${child.log.excerpt()}`),
      );
    });
    await eventually(`${name} serves`, () => !child.running || this.#options.isServing(), {
      deadlineMs: this.#options.startMs ?? defaultStartMs,
      details: () => child.log.excerpt(),
    });
    if (!child.running) throw new FleetError(`${name} ended while it started:\n${child.log.excerpt()}`);
    serving = true;
  }

  async stop(): Promise<void> {
    const child = this.#takeChild();
    child.signal(this.#options.stopSignal);
    await child.end(endMs);
  }

  async kill(): Promise<void> {
    const child = this.#takeChild();
    const everyProcess = processTree(child.pid);
    child.signalAll('SIGKILL');
    await child.end(endMs);
    // Postgres does not start again as long as one of its children is attached to its shared memory.
    await eventually(`all processes of ${child.name} have ended`, () => !everyProcess.some(isAlive), {
      deadlineMs: endMs,
    });
  }

  async pause(): Promise<void> {
    this.#running().signalAll('SIGSTOP');
  }

  async resume(): Promise<void> {
    this.#running().signalAll('SIGCONT');
  }

  #running(): Child {
    if (!this.#child) throw new FleetError(`${this.#options.command.name} is not running`);
    return this.#child;
  }

  #takeChild(): Child {
    const child = this.#running();
    this.#child = undefined;
    return child;
  }
}

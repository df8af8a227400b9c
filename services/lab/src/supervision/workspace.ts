import { chmod, chown, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child, type ChildOptions } from './child.ts';
import { LaboratoryError } from './errors.ts';
import { Reaper } from './reaper.ts';
import { removeFolder } from './remove-folder.ts';
import type { SystemUser } from './unprivileged-user.ts';

/**
 * What a fleet occupies on this machine: a folder and processes. Disposing it ends and removes all of that, in
 * whatever state the processes are, and may be done at any time and more than once.
 */
export class Workspace implements AsyncDisposable {
  readonly folder: string;
  readonly #reaper: Reaper;
  readonly #children = new Set<Promise<Child>>();
  #disposal: Promise<void> | undefined;

  private constructor(folder: string, reaper: Reaper) {
    this.folder = folder;
    this.#reaper = reaper;
  }

  static async open(): Promise<Workspace> {
    const reaper = await Reaper.start();
    const folder = await mkdtemp(join(tmpdir(), 'sessions-fleet-'));
    reaper.folderMade(folder);
    await makePassable(folder);
    return new Workspace(folder, reaper);
  }

  /**
   * Makes a folder that only its owner can read. `passable`: as root, the unprivileged user can pass through it to
   * what it owns inside.
   */
  async subfolder(
    name: string,
    { owner, passable }: { owner?: SystemUser | undefined; passable?: boolean } = {},
  ) {
    const path = join(this.folder, name);
    await mkdir(path, { mode: 0o700 });
    if (owner) await chown(path, owner.uid, owner.gid);
    if (passable) await makePassable(path);
    return path;
  }

  /** @throws {LaboratoryError} When the program cannot be executed, or the workspace is being disposed. */
  async start(options: ChildOptions): Promise<Child> {
    if (this.#disposal)
      throw new LaboratoryError(`${options.name} is not started: the fleet is being stopped`);
    // What a program leaves in its folder for temporary files is removed with the fleet's.
    const inFolder = { ...options, env: { TMPDIR: this.folder, ...options.env } };
    const starting = Child.start(inFolder, (pid) => this.#reaper.processStarted(pid, options.endSignal));
    this.#children.add(starting);
    try {
      const child = await starting;
      child.ended.then(() => {
        this.#children.delete(starting);
        this.#reaper.processEnded(child.pid);
      });
      return child;
    } catch (error) {
      this.#children.delete(starting);
      throw error;
    }
  }

  /** Whether disposal has begun, so that the end of a process is expected. */
  get closing(): boolean {
    return this.#disposal !== undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#endAll();
    return this.#disposal;
  }

  async #endAll(): Promise<void> {
    const children = await Promise.allSettled(this.#children);
    await Promise.all(children.map((child) => child.status === 'fulfilled' && endNow(child.value)));
    await removeFolder(this.folder);
    await this.#reaper.disarm();
  }
}

// Far more than it takes; only a machine under heavy load needs it.
const endMs = 3_000;

/** Not the orderly way: what the processes stored is removed next anyway. */
async function endNow(child: Child): Promise<void> {
  child.signal(child.endSignal);
  // A process that is stopped by SIGSTOP acts on a signal only when it is continued.
  child.signalAll('SIGCONT');
  await child.end(endMs).catch(() => child.signalAll('SIGKILL'));
  await child.end(5_000);
}

async function makePassable(folder: string): Promise<void> {
  if (process.getuid?.() === 0) await chmod(folder, 0o711);
}

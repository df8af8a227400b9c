import { chmod, chown, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FleetError } from '../fleet/fleet.ts';
import { Child, type ChildOptions } from './child.ts';
import { Reaper } from './reaper.ts';
import { removeFolder } from './remove-folder.ts';
import type { SystemUser } from './unprivileged.ts';

/**
 * What a fleet occupies on this machine: a folder and processes. Disposing it ends and removes all of that, in
 * whatever state the processes are, and may be done at any time and more than once.
 */
export class Workspace implements AsyncDisposable {
  readonly folder: string;
  readonly #reaper: Reaper;
  readonly #children = new Set<Promise<Child>>();
  #clearing: Promise<void> | undefined;

  private constructor(folder: string, reaper: Reaper) {
    this.folder = folder;
    this.#reaper = reaper;
  }

  static async open(): Promise<Workspace> {
    const reaper = await Reaper.start();
    const folder = await mkdtemp(join(tmpdir(), 'sessions-fleet-'));
    reaper.folderMade(folder);
    await letThrough(folder);
    return new Workspace(folder, reaper);
  }

  /**
   * Makes a folder that only its owner can look into. `passable`: as root, the unprivileged user can pass through it to
   * what it owns inside.
   */
  async subfolder(
    name: string,
    { owner, passable }: { owner?: SystemUser | undefined; passable?: boolean } = {},
  ) {
    const path = join(this.folder, name);
    await mkdir(path, { mode: 0o700 });
    if (owner) await chown(path, owner.uid, owner.gid);
    if (passable) await letThrough(path);
    return path;
  }

  /** @throws {FleetError} When the program cannot be executed, or these workspace are being cleared. */
  async start(options: ChildOptions): Promise<Child> {
    if (this.#clearing) throw new FleetError(`${options.name} is not started: the fleet is being stopped`);
    // What programs leave in the folder for temporary files goes with the fleet's.
    const tidy = { ...options, env: { TMPDIR: this.folder, ...options.env } };
    const starting = Child.start(tidy, (pid) => this.#reaper.processStarted(pid, options.clearSignal));
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

  /** Whether disposal has begun, so that the end of a process is no surprise. */
  get closing(): boolean {
    return this.#clearing !== undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#clearing ??= this.#clear();
    return this.#clearing;
  }

  async #clear(): Promise<void> {
    const children = await Promise.allSettled(this.#children);
    await Promise.all(children.map((child) => child.status === 'fulfilled' && clearAway(child.value)));
    await removeFolder(this.folder);
    await this.#reaper.disarm();
  }
}

// Far more than it takes; only a machine under heavy load needs it.
const clearMs = 3_000;

/** What the processes stored is thrown away anyway, so nothing is gained by patience. */
async function clearAway(child: Child): Promise<void> {
  child.signal(child.clearSignal);
  // A stopped process acts on a signal only when it goes on.
  child.signalAll('SIGCONT');
  await child.end(clearMs).catch(() => child.signalAll('SIGKILL'));
  await child.end(5_000);
}

async function letThrough(folder: string): Promise<void> {
  if (process.getuid?.() === 0) await chmod(folder, 0o711);
}

import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Child, Ended } from '../../supervision/child.ts';
import { freePort } from '../../supervision/free-port.ts';
import type { Workspace } from '../../supervision/workspace.ts';
import { eventually } from '../eventually.ts';
import { FleetError, type InstanceMemory } from '../fleet.ts';
import { probe } from '../probe.ts';
import { smallHeap } from '../small-heap.ts';
import { measureMemory, openInspector } from './inspector.ts';

export interface InstanceOptions {
  readonly name: string;
  /** The program, run by the Node that runs the laboratory. */
  readonly entry: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly heapMiB: number | undefined;
}

/** A single instance is ready within a second. Many that start at once on two busy cores need far longer. */
const readyMs = 30_000;
/** The app ends by itself within its DRAIN_DEADLINE_MS, 8 s. This is for one that does not. */
const drainMs = 30_000;

/**
 * Where Node keeps the app's compiled code from one start to the next (its types stripped as well). Measured: an instance
 * then starts with two thirds of the CPU time, and the experiments start dozens.
 */
export const compileCache: Readonly<Record<string, string>> = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../../../../.cache/compiled', import.meta.url)),
};

/** What the app logs when it accepts requests. */
const listening = z.object({ msg: z.literal('listening'), port: z.int().min(1).max(65_535) });

/** One process of the app. */
export class AppInstance {
  readonly name: string;
  readonly port: number;
  readonly #child: Child;
  #inspector: Promise<string> | undefined;

  private constructor(child: Child, port: number) {
    this.name = child.name;
    this.port = port;
    this.#child = child;
  }

  /** Starts one and waits until it is ready for traffic. */
  static async start(workspace: Workspace, options: InstanceOptions): Promise<AppInstance> {
    // The system chooses the port when the instance begins to listen, so nobody can take it in between. Which one
    // it was is logged at the level `info`. An instance that logs less than that has to be given a port.
    const givenPort = logsListening(options.settings.LOG_LEVEL) ? undefined : await freePort();
    const child = await workspace.start({
      name: options.name,
      command: process.execPath,
      args: [
        ...smallHeap(options.heapMiB),
        // Where the inspector listens once memory() opens it: on any free port, since there are several instances.
        '--inspect-port=127.0.0.1:0',
        options.entry,
      ],
      env: {
        ...compileCache,
        ...options.settings,
        INSTANCE_NAME: options.name,
        HOST: '127.0.0.1',
        PORT: String(givenPort ?? 0),
      },
    });
    const port = givenPort ?? (await child.line('it listened', portIn, readyMs));
    await eventually(`${options.name} is ready`, async () => !child.running || (await isReady(port)), {
      deadlineMs: readyMs,
      details: () => child.log.excerpt(),
    });
    if (!child.running)
      throw new FleetError(`${options.name} ended before it was ready:\n${child.log.excerpt()}`);
    return new AppInstance(child, port);
  }

  get pid(): number {
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#child.running;
  }

  get log(): readonly string[] {
    return this.#child.log.lines;
  }

  /** SIGTERM. Resolves with how the process ended. */
  async drain(): Promise<Ended> {
    this.#child.signal('SIGTERM');
    return await this.#child.end(drainMs);
  }

  async kill(): Promise<void> {
    this.#child.signal('SIGKILL');
    await this.#child.end(drainMs);
  }

  pause(): void {
    this.#child.signalAll('SIGSTOP');
  }

  resume(): void {
    this.#child.signalAll('SIGCONT');
  }

  async memory(): Promise<InstanceMemory> {
    this.#inspector ??= openInspector(this.#child);
    try {
      return await measureMemory(await this.#inspector);
    } catch (error) {
      this.#inspector = undefined;
      throw error;
    }
  }
}

function logsListening(level = 'info'): boolean {
  return ['trace', 'debug', 'info'].includes(level);
}

function portIn(line: string): number | undefined {
  // Node's own warnings are not JSON.
  if (!line.startsWith('{')) return undefined;
  try {
    return listening.safeParse(JSON.parse(line)).data?.port;
  } catch {
    return undefined;
  }
}

async function isReady(port: number): Promise<boolean> {
  return (await probe(`http://127.0.0.1:${port}/readyz`)).status === 200;
}

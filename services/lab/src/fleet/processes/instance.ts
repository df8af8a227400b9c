import { z } from 'zod';
import type { Child, Ended } from '../../supervision/child.ts';
import { freePort } from '../../supervision/free-port.ts';
import type { Workspace } from '../../supervision/workspace.ts';
import { eventually } from '../eventually.ts';
import { FleetError, type InstanceMemory } from '../fleet.ts';
import { probe } from '../probe.ts';
import { compiledCode } from './compiled-code.ts';
import { measureMemory, openInspector } from './inspector.ts';

export interface InstanceOptions {
  readonly name: string;
  /** The program, run by the Node that runs the laboratory. */
  readonly entry: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly heapMiB: number | undefined;
}

/** An instance alone is ready within a second. Many that start at once on two busy cores share the time of these. */
const readyMs = 30_000;
/** The app ends by itself within its DRAIN_DEADLINE_MS, 8 s. This is for one that does not. */
const drainMs = 30_000;

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

  /** Starts one and waits until it says that it is ready for traffic. */
  static async start(workspace: Workspace, options: InstanceOptions): Promise<AppInstance> {
    // The system chooses the port as the instance initialFleet to listen, so nobody can take it in between. What it chose is
    // in the log, at the level `info`; an instance that shall log less has to be told a port.
    const toldPort = logsListening(options.settings.LOG_LEVEL) ? undefined : await freePort();
    const child = await workspace.start({
      name: options.name,
      command: process.execPath,
      args: [
        ...(options.heapMiB === undefined ? [] : [`--max-old-space-size=${options.heapMiB}`]),
        // Not opened yet, only where to, should the memory be asked for: a free port, since there are several instances.
        '--inspect-port=127.0.0.1:0',
        options.entry,
      ],
      env: {
        ...compiledCode,
        ...options.settings,
        INSTANCE_NAME: options.name,
        HOST: '127.0.0.1',
        PORT: String(toldPort ?? 0),
      },
    });
    const port = toldPort ?? (await child.line('it listened', portIn, readyMs));
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

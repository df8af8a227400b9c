import { join } from 'node:path';
import { FleetError, PartDied, type Strategy } from '../fleet.ts';
import { type Child, describe } from './child.ts';
import { eventually } from './eventually.ts';
import { writeNginxFiles, writeRouting } from './nginx-files.ts';
import type { Server } from './nginx-upstream.ts';
import type { Premises } from './premises.ts';
import { probe } from './probe.ts';
import type { User } from './unprivileged.ts';

export interface ProxyOptions {
  readonly program: string;
  readonly version: string;
  readonly port: number;
  readonly strategy: Strategy;
  readonly user: User | undefined;
  readonly onDied: (error: PartDied) => void;
}

const startMs = 15_000;
const reloadMs = 15_000;

/** nginx in front of the instances. */
export class NginxProxy {
  readonly #options: ProxyOptions;
  readonly #folder: string;
  readonly #child: Child;
  #workers: ReadonlySet<number>;

  private constructor(options: ProxyOptions, folder: string, child: Child) {
    this.#options = options;
    this.#folder = folder;
    this.#child = child;
    this.#workers = new Set(startedWorkers(child.log.lines));
  }

  static async start(
    premises: Premises,
    servers: readonly Server[],
    options: ProxyOptions,
  ): Promise<NginxProxy> {
    const folder = await premises.subfolder('nginx');
    await Promise.all([
      writeNginxFiles(folder, options.port, options.user),
      writeRouting(folder, options.strategy, options.version, servers),
    ]);
    const child = await premises.start({
      name: 'nginx',
      command: options.program,
      // `-e`: otherwise it first opens a log at a path fixed at compile time, which only root may write.
      args: ['-p', `${folder}/`, '-c', 'nginx.conf', '-e', 'stderr'],
      cwd: folder,
    });
    await eventually('nginx serves', async () => !child.running || (await serves(folder)), {
      deadlineMs: startMs,
      details: () => child.log.excerpt(),
    });
    if (!child.running) throw new FleetError(`nginx did not start:\n${child.log.excerpt()}`);
    child.ended.then((end) => {
      if (premises.closing) return;
      options.onDied(new PartDied(`nginx ended ${describe(end)}. Its last lines:\n${child.log.excerpt()}`));
    });
    return new NginxProxy(options, folder, child);
  }

  /**
   * Shares the requests among exactly these from now on. Resolves when no worker that knew other servers takes a new
   * connection; requests that such a worker has already begun are finished by it.
   */
  async change(servers: readonly Server[]): Promise<void> {
    await writeRouting(this.#folder, this.#options.strategy, this.#options.version, servers);
    const log: string[] = [];
    const stopListening = this.#child.log.listen((line) => log.push(line));
    try {
      this.#child.signal('SIGHUP');
      this.#workers = await eventually('nginx has exchanged its workers', () => this.#exchanged(log), {
        deadlineMs: reloadMs,
        everyMs: 5,
        details: () => this.#child.log.excerpt(),
      });
    } finally {
      stopListening();
    }
  }

  /** The new workers, when they have started and each old one has said that it is shutting down. */
  #exchanged(log: readonly string[]): ReadonlySet<number> | undefined {
    const failure = log.find((line) => line.includes('[emerg]'));
    if (failure) throw new FleetError(`nginx refused its new configuration: ${failure}`);
    // A worker says so before it closes its listening sockets, in one go: it accepts nothing more in between.
    const leaving = new Set(
      log.flatMap((line) => /(\d+)#\d+: gracefully shutting down/.exec(line)?.[1] ?? []).map(Number),
    );
    const started = startedWorkers(log);
    return started.length > 0 && [...this.#workers].every((worker) => leaving.has(worker))
      ? new Set(started)
      : undefined;
  }
}

function startedWorkers(log: readonly string[]): number[] {
  return log.flatMap((line) => /start worker process (\d+)/.exec(line)?.[1] ?? []).map(Number);
}

async function serves(folder: string): Promise<boolean> {
  return (await probe({ socketPath: join(folder, 'status.sock'), path: '/status' })).status === 200;
}

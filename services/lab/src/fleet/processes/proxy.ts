import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Child, describeExit } from '../../supervision/child.ts';
import type { SystemUser } from '../../supervision/unprivileged.ts';
import type { Workspace } from '../../supervision/workspace.ts';
import { eventually } from '../eventually.ts';
import { DependencyExited, FleetError, type Strategy } from '../fleet.ts';
import { probe } from '../probe.ts';
import { isAtLeast } from '../version.ts';
import { writeNginxFiles, writeRouting } from './nginx-files.ts';
import type { Server } from './nginx-upstream.ts';
import { NginxWorkers } from './nginx-workers.ts';

export interface ProxyOptions {
  readonly program: string;
  readonly version: string;
  readonly port: number;
  readonly strategy: Strategy;
  readonly user: SystemUser | undefined;
  readonly onExited: (error: DependencyExited) => void;
}

// nginx needs some ten milliseconds for either. It waits for its turn on a machine where many instances start at once.
const startMs = 15_000;
/** Longer than `worker_shutdown_timeout`, by which every old worker has ended. */
const reloadMs = 15_000;

/** nginx in front of the instances. */
export class NginxProxy {
  readonly #options: ProxyOptions;
  readonly #folder: string;
  readonly #child: Child;
  readonly #workers: NginxWorkers;
  #servers: readonly Server[];

  private constructor(options: ProxyOptions, folder: string, child: Child, servers: readonly Server[]) {
    this.#options = options;
    this.#folder = folder;
    this.#child = child;
    this.#workers = new NginxWorkers(child.log);
    this.#servers = servers;
  }

  static async start(
    workspace: Workspace,
    servers: readonly Server[],
    options: ProxyOptions,
  ): Promise<NginxProxy> {
    const folder = await workspace.subfolder('nginx', { passable: true });
    await Promise.all([
      writeNginxFiles(folder, options),
      writeRouting(folder, options.strategy, options.version, servers),
    ]);
    const child = await workspace.start({
      name: 'nginx',
      command: options.program,
      args: ['-p', `${folder}/`, '-c', 'nginx.conf', ...firstLog(options.version)],
      cwd: folder,
    });
    await eventually('nginx serves', async () => !child.running || (await serves(folder)), {
      deadlineMs: startMs,
      details: () => child.log.excerpt(),
    });
    if (!child.running) throw new FleetError(`nginx did not start:\n${child.log.excerpt()}`);
    child.ended.then((end) => {
      if (workspace.closing) return;
      options.onExited(
        new DependencyExited(`nginx ended ${describeExit(end)}. Its last lines:\n${child.log.excerpt()}`),
      );
    });
    return new NginxProxy(options, folder, child, servers);
  }

  /**
   * Shares the requests among exactly these from now on. Resolves when no worker that knew other servers takes a new
   * connection; requests that such a worker has already begun are finished by it.
   */
  async change(servers: readonly Server[]): Promise<void> {
    if (isDeepStrictEqual(servers, this.#servers)) return;
    const { strategy, version } = this.#options;
    await writeRouting(this.#folder, strategy, version, servers);
    this.#servers = servers;
    await this.#reload();
  }

  /**
   * Resolves when nobody is left who could still send something to a server of before. A request that an old worker had
   * accepted can be on its way to an instance for some time; if that closes its listener then, the system breaks the
   * connection under the request, and nginx must not repeat a POST.
   */
  async forgotten(): Promise<void> {
    await eventually('the old workers of nginx have ended', () => this.#workers.leaving === 0, {
      deadlineMs: reloadMs,
      everyMs: 5,
      details: () => this.#child.log.excerpt(),
    });
  }

  async #reload(): Promise<void> {
    const old = this.#workers.accepting;
    this.#child.signal('SIGHUP');
    const refusal = await eventually(
      'nginx has exchanged its workers',
      () => {
        const accepting = this.#workers.accepting;
        const exchanged = accepting.size > 0 && ![...accepting].some((worker) => old.has(worker));
        return this.#workers.takeRefusal() ?? (exchanged && 'none');
      },
      { deadlineMs: reloadMs, everyMs: 5, details: () => this.#child.log.excerpt() },
    );
    if (refusal !== 'none') throw new FleetError(`nginx refused its new configuration: ${refusal}`);
  }
}

/** Before it has read its configuration, nginx logs to a path fixed at compile time, which only root may write. */
function firstLog(version: string): readonly string[] {
  return isAtLeast(version, '1.19.5') ? ['-e', 'stderr'] : [];
}

async function serves(folder: string): Promise<boolean> {
  return (await probe({ socketPath: join(folder, 'status.sock'), path: '/status' })).status === 200;
}

import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Child, describeExit } from '../../supervision/child.ts';
import type { SystemUser } from '../../supervision/unprivileged-user.ts';
import type { Workspace } from '../../supervision/workspace.ts';
import { eventually } from '../eventually.ts';
import { type ClientLimits, DependencyExited, FleetError, type Strategy } from '../fleet.ts';
import { probe } from '../probe.ts';
import { isAtLeast } from '../version.ts';
import { writeConfD, writeNginxFiles } from './nginx-files.ts';
import { needsStickyByMap, type Server, upstreamFiles } from './nginx-upstream.ts';
import { NginxWorkers } from './nginx-workers.ts';

export interface ProxyOptions {
  readonly program: string;
  readonly version: string;
  readonly port: number;
  readonly strategy: Strategy;
  readonly clientLimits: ClientLimits;
  /** Whom its workers run as; undefined when nginx is not started as root. */
  readonly user: SystemUser | undefined;
  readonly onExited: (error: DependencyExited) => void;
}

// nginx needs some ten milliseconds for either. It waits for its turn on a machine where many instances start at once.
const startMs = 15_000;
/** Longer than `worker_shutdown_timeout`, by which every old worker has ended. */
const reloadMs = 15_000;

/** nginx in front of the instances. */
export class NginxProxy {
  readonly #folder: string;
  readonly #stickyByMap: boolean;
  readonly #child: Child;
  readonly #workers: NginxWorkers;
  #servers: readonly Server[];

  private constructor(folder: string, stickyByMap: boolean, child: Child, servers: readonly Server[]) {
    this.#folder = folder;
    this.#stickyByMap = stickyByMap;
    this.#child = child;
    this.#workers = new NginxWorkers(child.log);
    this.#servers = servers;
  }

  static async start(
    workspace: Workspace,
    servers: readonly Server[],
    options: ProxyOptions,
  ): Promise<NginxProxy> {
    const { port, strategy, clientLimits, user, version } = options;
    const folder = await workspace.subfolder('nginx', { passable: true });
    const stickyByMap = needsStickyByMap(strategy, version);
    const mainFile = await writeNginxFiles(folder, { port, strategy, stickyByMap, clientLimits });
    await writeConfD(folder, upstreamFiles(servers, stickyByMap));
    const directives = `daemon off;${user ? ` user ${user.name} ${user.group};` : ''}`;
    const child = await workspace.start({
      name: 'nginx',
      command: join(folder, 'site/without-queries'),
      args: [options.program, '-p', `${folder}/`, '-c', mainFile, '-g', directives, ...startUpLog(version)],
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
    return new NginxProxy(folder, stickyByMap, child, servers);
  }

  /** The last lines of its error log, oldest first. */
  get log(): readonly string[] {
    return this.#child.log.lines;
  }

  /**
   * Shares the requests among exactly these from now on. Resolves when no worker that knew other servers takes a new
   * connection; requests that such a worker has already begun are finished by it.
   */
  async setServers(servers: readonly Server[]): Promise<void> {
    if (isDeepStrictEqual(servers, this.#servers)) return;
    await writeConfD(this.#folder, upstreamFiles(servers, this.#stickyByMap));
    this.#servers = servers;
    await this.#reload();
  }

  /**
   * Resolves when no worker is left that could still send something to a server that was taken off the list. A request
   * that an old worker had accepted can be on its way to an instance for some time; if the instance closes its listener
   * then, the system breaks the connection under the request, and nginx must not repeat a POST.
   */
  async oldWorkersGone(): Promise<void> {
    await eventually('the old workers of nginx have ended', () => this.#workers.shuttingDown === 0, {
      deadlineMs: reloadMs,
      everyMs: 5,
      details: () => this.#child.log.excerpt(),
    });
  }

  async #reload(): Promise<void> {
    const old = this.#workers.accepting;
    this.#child.signal('SIGHUP');
    const reloadError = await eventually(
      'nginx has replaced its workers',
      () => {
        const accepting = this.#workers.accepting;
        const replaced = accepting.size > 0 && ![...accepting].some((worker) => old.has(worker));
        return this.#workers.takeReloadError() ?? (replaced && 'none');
      },
      { deadlineMs: reloadMs, everyMs: 5, details: () => this.#child.log.excerpt() },
    );
    if (reloadError !== 'none') throw new FleetError(`nginx refused its new configuration: ${reloadError}`);
  }
}

/** Before it has read its configuration, nginx logs to a path fixed at compile time, which only root may write. */
function startUpLog(version: string): readonly string[] {
  return isAtLeast(version, '1.19.5') ? ['-e', 'stderr'] : [];
}

async function serves(folder: string): Promise<boolean> {
  return (await probe({ socketPath: join(folder, 'status.sock'), path: '/status' })).status === 200;
}

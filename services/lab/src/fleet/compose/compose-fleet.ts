import { containerMemory, nodeFromInput } from '../container-memory.ts';
import { demandDrained } from '../demand-drained.ts';
import { eventually } from '../eventually.ts';
import {
  type BackingService,
  demandInstanceCount,
  type Fleet,
  FleetError,
  type Instance,
  type InstanceMemory,
  type Redis,
  type Strategy,
} from '../fleet.ts';
import { Mutex } from '../mutex.ts';
import { waitUntilProxyUses } from '../wait-until-proxy-uses.ts';
import type { BackingContainer } from './backing-container.ts';
import type { ContainerExits } from './container-exits.ts';
import { docker, dockerLines } from './docker.ts';
import type { AppContainer, ContainerPool } from './instance-pool.ts';
import type { Project } from './project.ts';

/** What a fleet consists of, all of it running. */
export interface ComposeFleetComponents {
  readonly strategy: Strategy;
  readonly baseUrl: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly project: Project;
  readonly exits: ContainerExits;
  readonly pool: ContainerPool;
  readonly redis: Redis;
  readonly postgres: BackingService;
  readonly nginx: BackingContainer;
}

/** Longer than the container's grace, after which Docker sends SIGKILL. */
const endMs = 40_000;
/** Several instances that start at the same time on two busy cores take half a minute. */
const healthyMs = 120_000;

/** The deployment of docker-compose.yml. Instances are named as they name themselves: by their container's id. */
export class ComposeFleet implements Fleet {
  readonly strategy: Strategy;
  readonly baseUrl: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly redis: Redis;
  readonly postgres: BackingService;
  readonly #nginx: BackingContainer;
  readonly #project: Project;
  readonly #exits: ContainerExits;
  readonly #pool: ContainerPool;
  readonly #paused = new Set<string>();
  // `docker compose up` is told how many there are to be; two at once would undo each other.
  readonly #changes = new Mutex();

  constructor(components: ComposeFleetComponents) {
    this.strategy = components.strategy;
    this.baseUrl = components.baseUrl;
    this.versions = components.versions;
    this.redis = components.redis;
    this.postgres = components.postgres;
    this.#nginx = components.nginx;
    this.#project = components.project;
    this.#exits = components.exits;
    this.#pool = components.pool;
  }

  async instances(): Promise<readonly Instance[]> {
    return (await this.#pool.members()).map(({ name }) => ({ name }));
  }

  async scaleTo(count: number): Promise<void> {
    demandInstanceCount(count);
    await this.#changes.runExclusive(() => this.#scale(count));
  }

  async replaceAll(): Promise<void> {
    await this.#changes.runExclusive(async () => {
      const all = await this.#pool.members();
      for (const old of all) {
        await this.#scale(all.length + 1);
        demandDrained(old, await this.#stop(old));
      }
      await this.#waitUntilProxyUses([], 1);
    });
  }

  async drain(name: string): Promise<number> {
    return await this.#changes.runExclusive(async () => {
      const instance = await this.#pool.running(name);
      const exitCode = await this.#stop(instance);
      if (exitCode > 128) throw new FleetError(`${name} did not drain but ended by signal ${exitCode - 128}`);
      await this.#waitUntilProxyUses([], 1);
      return exitCode;
    });
  }

  async kill(name: string): Promise<void> {
    const instance = await this.#pool.running(name);
    // Docker would deliver the signal only when the container is resumed.
    if (this.#paused.has(name)) await this.resume(name);
    const ended = this.#exits.next(instance.id, endMs);
    await Promise.all([ended, docker(['kill', instance.id])]);
  }

  async pause(name: string): Promise<void> {
    await docker(['pause', (await this.#pool.running(name)).id]);
    this.#paused.add(name);
  }

  async resume(name: string): Promise<void> {
    await docker(['unpause', (await this.#pool.running(name)).id]);
    this.#paused.delete(name);
  }

  async memoryOf(name: string): Promise<InstanceMemory> {
    const { id } = await this.#pool.running(name);
    return await containerMemory({
      openInspector: () => docker(['kill', '--signal', 'SIGUSR1', id]),
      runNode: (program) => docker(['exec', '--interactive', id, ...nodeFromInput], program),
    });
  }

  async logOf(name: string): Promise<readonly string[]> {
    return (await this.#pool.find(name)).log.lines;
  }

  async proxyLog(): Promise<readonly string[]> {
    return (await this.#nginx.log()).split('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#project[Symbol.asyncDispose]();
  }

  /**
   * What `docker compose up --scale app=N` does for a user: new instances get the next numbers; of too many, those with
   * the highest are stopped and removed, which are the youngest.
   */
  async #scale(count: number): Promise<void> {
    await this.#pool.removeExited();
    const before = await this.#pool.members();
    const leaving = before.slice(count);
    const ends = leaving.map((instance) => this.#exits.next(instance.id, endMs));
    // --no-deps: what runs already is not looked at again, and `secrets` and `migrate` are not run again. Without --wait,
    // because that fails as soon as any instance is unhealthy, also one that was paused on purpose or has not recovered
    // from an outage yet.
    const [, ...exitCodes] = await Promise.all([
      this.#project.up('--no-deps', '--no-recreate', '--scale', `app=${count}`, 'app'),
      ...ends,
    ]);
    for (const [n, instance] of leaving.entries()) demandDrained(instance, exitCodes[n] ?? 0);

    const members = await this.#pool.members();
    const known = new Set(before.map(({ id }) => id));
    const added = members.filter(({ id }) => !known.has(id));
    await untilHealthy(added);
    await this.#waitUntilProxyUses(added, leaving.length);
  }

  async #waitUntilProxyUses(added: readonly AppContainer[], removed: number): Promise<void> {
    const { length: instances } = await this.#pool.members();
    await waitUntilProxyUses(this.baseUrl, { instances, added: added.map(({ name }) => name), removed });
  }

  /** SIGTERM, and after the container's grace SIGKILL; then it is removed. Its log is kept. */
  async #stop({ id }: AppContainer): Promise<number> {
    const ended = this.#exits.next(id, endMs);
    const [exitCode] = await Promise.all([ended, docker(['stop', id])]);
    await docker(['rm', id]);
    return exitCode;
  }
}

async function untilHealthy(instances: readonly AppContainer[]): Promise<void> {
  if (instances.length === 0) return;
  const ids = instances.map(({ id }) => id);
  const states = async () => await dockerLines('inspect', '--format', '{{.State.Health.Status}}', ...ids);
  await eventually(
    'the new instances are healthy',
    async () => (await states()).every((one) => one === 'healthy'),
    {
      deadlineMs: healthyMs,
      everyMs: 200,
      details: () => instances.map(({ name, log }) => `${name}:\n${log.excerpt()}`).join('\n'),
    },
  );
}

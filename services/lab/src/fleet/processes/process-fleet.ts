import { describeExit } from '../../supervision/child.ts';
import type { Workspace } from '../../supervision/workspace.ts';
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
import type { AppInstance } from './instance.ts';
import type { InstancePool } from './instance-pool.ts';
import type { NginxProxy } from './proxy.ts';

/** What a fleet consists of, all of it running. */
export interface ProcessFleetComponents {
  readonly strategy: Strategy;
  readonly baseUrl: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly workspace: Workspace;
  readonly proxy: NginxProxy;
  readonly pool: InstancePool;
  readonly redis: Redis;
  readonly postgres: BackingService;
}

export class ProcessFleet implements Fleet {
  readonly strategy: Strategy;
  readonly baseUrl: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly redis: Redis;
  readonly postgres: BackingService;
  readonly #workspace: Workspace;
  readonly #proxy: NginxProxy;
  readonly #pool: InstancePool;
  // Two changes at once would each give the proxy instances that the other is about to end.
  readonly #changes = new Mutex();

  constructor(components: ProcessFleetComponents) {
    this.strategy = components.strategy;
    this.baseUrl = components.baseUrl;
    this.versions = components.versions;
    this.redis = components.redis;
    this.postgres = components.postgres;
    this.#workspace = components.workspace;
    this.#proxy = components.proxy;
    this.#pool = components.pool;
  }

  async instances(): Promise<readonly Instance[]> {
    return this.#pool.members.map(({ name }) => ({ name }));
  }

  async scaleTo(count: number): Promise<void> {
    demandInstanceCount(count);
    await this.#changes.runExclusive(async () => {
      const members = this.#pool.members;
      await this.#pool.add(Math.max(0, count - members.length));
      await this.#removeAndDrain(members.slice(count));
    });
  }

  async replaceAll(): Promise<void> {
    await this.#changes.runExclusive(async () => {
      for (const old of this.#pool.members) {
        await this.#pool.add(1);
        await this.#removeAndDrain([old]);
      }
    });
  }

  async drain(name: string): Promise<number> {
    return await this.#changes.runExclusive(async () => {
      const instance = this.#pool.running(name);
      const end = await instance.drain();
      await this.#proxy.setServers(this.#pool.servers);
      if (end.code === null) throw new FleetError(`${name} did not drain but ended ${describeExit(end)}`);
      return end.code;
    });
  }

  async kill(name: string): Promise<void> {
    await this.#pool.running(name).kill();
  }

  async pause(name: string): Promise<void> {
    this.#pool.running(name).pause();
  }

  async resume(name: string): Promise<void> {
    this.#pool.running(name).resume();
  }

  async memoryOf(name: string): Promise<InstanceMemory> {
    return await this.#pool.running(name).memory();
  }

  async logOf(name: string): Promise<readonly string[]> {
    return this.#pool.find(name).log;
  }

  async proxyLog(): Promise<readonly string[]> {
    return this.#proxy.log;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#workspace[Symbol.asyncDispose]();
  }

  /**
   * First the proxy gets its new list, without these and with those that are new. Then they drain: each still answers the
   * requests that were on their way to it.
   */
  async #removeAndDrain(leaving: readonly AppInstance[]): Promise<void> {
    for (const instance of leaving) this.#pool.remove(instance);
    await this.#proxy.setServers(this.#pool.servers);
    if (leaving.length > 0) await this.#proxy.oldWorkersGone();
    await Promise.all(leaving.map(demandDrain));
  }
}

async function demandDrain(instance: AppInstance): Promise<void> {
  const end = await instance.drain();
  if (end.code === 0) return;
  throw new FleetError(
    `${instance.name} should have drained and ended with exit code 0, but it ended ${describeExit(end)}. ` +
      `Its last lines:\n${instance.log.slice(-15).join('\n')}`,
  );
}

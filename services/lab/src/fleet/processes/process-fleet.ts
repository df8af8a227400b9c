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

export { startProcessFleet } from './start-process-fleet.ts';

/** The parts that a fleet is made of, all of them running. */
export interface Parts {
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
  // Two changes at once would each tell the proxy of instances that the other is about to end.
  readonly #changes = new Mutex();

  constructor(parts: Parts) {
    this.strategy = parts.strategy;
    this.baseUrl = parts.baseUrl;
    this.versions = parts.versions;
    this.redis = parts.redis;
    this.postgres = parts.postgres;
    this.#workspace = parts.workspace;
    this.#proxy = parts.proxy;
    this.#pool = parts.pool;
  }

  async instances(): Promise<readonly Instance[]> {
    return this.#pool.members.map(({ name }) => ({ name }));
  }

  async scaleTo(count: number): Promise<void> {
    demandInstanceCount(count);
    await this.#changes.runExclusive(async () => {
      const members = this.#pool.members;
      await this.#pool.add(Math.max(0, count - members.length));
      await this.#dismiss(members.slice(count));
    });
  }

  async replaceAll(): Promise<void> {
    await this.#changes.runExclusive(async () => {
      for (const old of this.#pool.members) {
        await this.#pool.add(1);
        await this.#dismiss([old]);
      }
    });
  }

  async drain(name: string): Promise<number> {
    return await this.#changes.runExclusive(async () => {
      const instance = this.#pool.running(name);
      const end = await instance.drain();
      await this.#proxy.change(this.#pool.servers);
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

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#workspace[Symbol.asyncDispose]();
  }

  /**
   * The proxy forgets these (and knows those that are new) before they are told to end: a request that was under way to
   * one of them is still answered by it.
   */
  async #dismiss(leaving: readonly AppInstance[]): Promise<void> {
    for (const instance of leaving) this.#pool.retire(instance);
    await this.#proxy.change(this.#pool.servers);
    if (leaving.length > 0) await this.#proxy.forgotten();
    await Promise.all(leaving.map(drainWell));
  }
}

async function drainWell(instance: AppInstance): Promise<void> {
  const end = await instance.drain();
  if (end.code === 0) return;
  throw new FleetError(
    `${instance.name} should have drained and ended with exit code 0, but it ended ${describeExit(end)}. ` +
      `Its last lines:\n${instance.log.slice(-15).join('\n')}`,
  );
}

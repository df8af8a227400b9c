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
import { describe } from '../premises/child.ts';
import type { Premises } from '../premises/premises.ts';
import { Turns } from '../turns.ts';
import type { Crew } from './crew.ts';
import type { AppInstance } from './instance.ts';
import type { NginxProxy } from './proxy.ts';

export { startProcessFleet } from './start-process-fleet.ts';

/** The parts that a fleet is made of, all of them running. */
export interface Parts {
  readonly strategy: Strategy;
  readonly entrance: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly premises: Premises;
  readonly proxy: NginxProxy;
  readonly crew: Crew;
  readonly redis: Redis;
  readonly postgres: BackingService;
}

export class ProcessFleet implements Fleet {
  readonly strategy: Strategy;
  readonly entrance: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly redis: Redis;
  readonly postgres: BackingService;
  readonly #premises: Premises;
  readonly #proxy: NginxProxy;
  readonly #crew: Crew;
  // Two changes at once would each tell the proxy of instances that the other is about to end.
  readonly #changes = new Turns();

  constructor(parts: Parts) {
    this.strategy = parts.strategy;
    this.entrance = parts.entrance;
    this.versions = parts.versions;
    this.redis = parts.redis;
    this.postgres = parts.postgres;
    this.#premises = parts.premises;
    this.#proxy = parts.proxy;
    this.#crew = parts.crew;
  }

  async instances(): Promise<readonly Instance[]> {
    return this.#crew.members.map(({ name }) => ({ name }));
  }

  async scaleTo(count: number): Promise<void> {
    demandInstanceCount(count);
    await this.#changes.take(async () => {
      const members = this.#crew.members;
      await this.#crew.add(Math.max(0, count - members.length));
      await this.#dismiss(members.slice(count));
    });
  }

  async replaceAll(): Promise<void> {
    await this.#changes.take(async () => {
      for (const old of this.#crew.members) {
        await this.#crew.add(1);
        await this.#dismiss([old]);
      }
    });
  }

  async drain(name: string): Promise<number> {
    return await this.#changes.take(async () => {
      const instance = this.#crew.running(name);
      const end = await instance.drain();
      await this.#proxy.change(this.#crew.servers);
      if (end.code === null) throw new FleetError(`${name} did not drain but ended ${describe(end)}`);
      return end.code;
    });
  }

  async kill(name: string): Promise<void> {
    await this.#crew.running(name).kill();
  }

  async pause(name: string): Promise<void> {
    this.#crew.running(name).pause();
  }

  async resume(name: string): Promise<void> {
    this.#crew.running(name).resume();
  }

  async memoryOf(name: string): Promise<InstanceMemory> {
    return await this.#crew.running(name).memory();
  }

  async logOf(name: string): Promise<readonly string[]> {
    return this.#crew.find(name).log;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#premises[Symbol.asyncDispose]();
  }

  /**
   * The proxy forgets these (and knows those that are new) before they are told to end: a request that was under way to
   * one of them is still answered by it.
   */
  async #dismiss(leaving: readonly AppInstance[]): Promise<void> {
    for (const instance of leaving) this.#crew.retire(instance);
    await this.#proxy.change(this.#crew.servers);
    if (leaving.length > 0) await this.#proxy.forgotten();
    await Promise.all(leaving.map(drainWell));
  }
}

async function drainWell(instance: AppInstance): Promise<void> {
  const end = await instance.drain();
  if (end.code === 0) return;
  throw new FleetError(
    `${instance.name} should have drained and ended with exit code 0, but it ended ${describe(end)}. ` +
      `Its last lines:\n${instance.log.slice(-15).join('\n')}`,
  );
}

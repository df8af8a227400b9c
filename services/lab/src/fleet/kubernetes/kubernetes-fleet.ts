import { containerMemory, nodeFromInput } from '../container-memory.ts';
import { demandDrained } from '../demand-drained.ts';
import {
  type BackingService,
  demandInstanceCount,
  type Fleet,
  FleetError,
  type Instance,
  type InstanceMemory,
  type PlatformAutoscaler,
  type Redis,
  type Strategy,
} from '../fleet.ts';
import { Mutex } from '../mutex.ts';
import { waitUntilProxyUses } from '../wait-until-proxy-uses.ts';
import { HorizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';
import type { Namespace } from './namespace.ts';
import { processorMsOf, signalPod } from './pod-processes.ts';
import type { Pod, Pods } from './pods.ts';

/** What a fleet consists of, all of it running. */
export interface KubernetesFleetComponents {
  readonly strategy: Strategy;
  readonly baseUrl: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly namespace: Namespace;
  readonly pods: Pods;
  readonly instances: number;
  readonly redis: Redis;
  readonly postgres: BackingService;
}

/** Longer than a pod's grace, after which the kubelet sends SIGKILL. */
const endMs = 60_000;
/** Several instances that start at the same time on two busy cores take half a minute. */
const readyMs = 120_000;

/**
 * The deployment of infra/kubernetes on a cluster. Instances are named as they name themselves, by their pod's name, which
 * Kubernetes makes up anew for each.
 */
export class KubernetesFleet implements Fleet {
  readonly strategy: Strategy;
  readonly baseUrl: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly redis: Redis;
  readonly postgres: BackingService;
  readonly autoscaler: PlatformAutoscaler = {
    name: 'HorizontalPodAutoscaler',
    processorSecondsOf: (name) => this.#processorSecondsOf(name),
    follow: (options) => this.#follow(options),
  };
  readonly #namespace: Namespace;
  readonly #pods: Pods;
  /** What the Deployment is told. */
  #count: number;
  readonly #killed = new Set<string>();
  // The Deployment is told how many there are to be; two at once would undo each other.
  readonly #changes = new Mutex();

  constructor(components: KubernetesFleetComponents) {
    this.strategy = components.strategy;
    this.baseUrl = components.baseUrl;
    this.versions = components.versions;
    this.redis = components.redis;
    this.postgres = components.postgres;
    this.#namespace = components.namespace;
    this.#pods = components.pods;
    this.#count = components.instances;
  }

  async instances(): Promise<readonly Instance[]> {
    return this.#members().map(({ name }) => ({ name }));
  }

  async scaleTo(count: number): Promise<void> {
    demandInstanceCount(count);
    await this.#changes.runExclusive(async () => {
      const before = this.#members();
      const leaving = before.slice(count);
      const ends = leaving.map(({ name }) => this.#pods.end(name, endMs));
      await this.#endFirst(leaving);
      await this.#scale(count);
      const exitCodes = await Promise.all(ends);
      for (const [n, pod] of leaving.entries()) demandDrained(pod, exitCodes[n] ?? 0);
      await this.#pods.settle('app', count, readyMs);
      const known = new Set(before.map(({ name }) => name));
      const added = this.#members().filter(({ name }) => !known.has(name));
      await this.#waitUntilProxyUses(added, leaving.length);
    });
  }

  async replaceAll(): Promise<void> {
    await this.#changes.runExclusive(async () => {
      const all = this.#members();
      const ends = all.map(({ name }) => this.#pods.end(name, endMs + all.length * readyMs));
      await this.#namespace.kubectl.run(['rollout', 'restart', 'deployment/app']);
      const exitCodes = await Promise.all(ends);
      for (const [n, pod] of all.entries()) demandDrained(pod, exitCodes[n] ?? 0);
      await this.#pods.settle('app', all.length, readyMs);
      await this.#waitUntilProxyUses(this.#members(), all.length);
    });
  }

  async drain(name: string): Promise<number> {
    return await this.#changes.runExclusive(async () => {
      const pod = this.#running(name);
      const ended = this.#pods.end(name, endMs);
      await this.#endFirst([pod]);
      await this.#scale(this.#count - 1);
      const exitCode = await ended;
      if (exitCode > 128) throw new FleetError(`${name} did not drain but ended by signal ${exitCode - 128}`);
      await this.#waitUntilProxyUses([], 1);
      return exitCode;
    });
  }

  async kill(name: string): Promise<void> {
    await this.#changes.runExclusive(async () => {
      const pod = this.#running(name);
      await this.#endFirst([pod]);
      await signalPod(this.#namespace, name, 'app', 'KILL');
      this.#killed.add(name);
      // Before the kubelet, which looks once a second, starts it again under its old name.
      const ended = this.#pods.end(name, endMs);
      await this.#scale(this.#count - 1);
      await ended;
    });
  }

  async pause(name: string): Promise<void> {
    this.#running(name);
    await signalPod(this.#namespace, name, 'app', 'STOP');
  }

  async resume(name: string): Promise<void> {
    this.#running(name);
    await signalPod(this.#namespace, name, 'app', 'CONT');
  }

  async memoryOf(name: string): Promise<InstanceMemory> {
    this.#running(name);
    const { kubectl } = this.#namespace;
    return await containerMemory({
      openInspector: () => signalPod(this.#namespace, name, 'app', 'USR1'),
      runNode: (program) => kubectl.run(['exec', '--stdin', name, '--', ...nodeFromInput], program),
    });
  }

  async #processorSecondsOf(name: string): Promise<number> {
    this.#running(name);
    return (await processorMsOf(this.#namespace, name, 'app')) / 1000;
  }

  async #follow(options: Parameters<PlatformAutoscaler['follow']>[0]): Promise<HorizontalPodAutoscaler> {
    const { promise: stopped, resolve: release } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    void this.#changes.runExclusive(async () => {
      begin();
      await stopped;
    });
    await begun;
    return await HorizontalPodAutoscaler.start(this.#namespace, this.#pods, options, async () => {
      try {
        await this.#takeOver();
      } finally {
        release();
      }
    });
  }

  /** From now on the fleet says again how many there are: as many as the autoscaler has left. */
  async #takeOver(): Promise<void> {
    const replicas = 'jsonpath={.spec.replicas}';
    this.#count = Number(await this.#namespace.kubectl.run(['get', 'deployment/app', '--output', replicas]));
    await this.#pods.settle('app', this.#count, readyMs);
    await this.#waitUntilProxyUses(this.#members(), 1);
  }

  async logOf(name: string): Promise<readonly string[]> {
    return this.#find(name).log.lines;
  }

  async proxyLog(): Promise<readonly string[]> {
    return this.#pods.of('nginx').flatMap(({ log }) => log.lines);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#namespace[Symbol.asyncDispose]();
  }

  #members(): readonly Pod[] {
    return this.#pods
      .of('app')
      .filter(({ name, isReady, isEnding }) => isReady && !isEnding && !this.#killed.has(name));
  }

  /** @throws {FleetError} when no instance ever had this name */
  #find(name: string): Pod {
    const pod = this.#pods.find(name);
    if (pod === undefined || pod.part !== 'app') {
      const there = this.#members().map((member) => member.name);
      throw new FleetError(`There is no instance ${name}; there are ${there.join(', ')}`);
    }
    return pod;
  }

  /** @throws {FleetError} when there is no such instance, or it is not running */
  #running(name: string): Pod {
    const pod = this.#find(name);
    if (pod.isGone || pod.isEnding || this.#killed.has(name)) throw new FleetError(`${name} is not running`);
    return pod;
  }

  /** Has Kubernetes choose these, and no others, when it is told that there are too many. */
  async #endFirst(pods: readonly Pod[]): Promise<void> {
    if (pods.length === 0) return;
    const names = pods.map(({ name }) => `pod/${name}`);
    // https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/#pod-deletion-cost
    const cost = 'controller.kubernetes.io/pod-deletion-cost=-1';
    await this.#namespace.kubectl.run(['annotate', '--overwrite', ...names, cost]);
  }

  async #scale(count: number): Promise<void> {
    this.#count = count;
    await this.#namespace.kubectl.run(['scale', 'deployment/app', `--replicas=${count}`]);
  }

  async #waitUntilProxyUses(added: readonly Pod[], removed: number): Promise<void> {
    const { length: instances } = this.#members();
    await waitUntilProxyUses(this.baseUrl, { instances, added: added.map(({ name }) => name), removed });
  }
}

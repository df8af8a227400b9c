import { eventually } from '../eventually.ts';
import { type BackingService, DependencyExited, FleetError, type Redis } from '../fleet.ts';
import type { Namespace } from './namespace.ts';
import { signalPod } from './pod-processes.ts';
import type { Pods } from './pods.ts';

const startMs = 90_000;
const endMs = 60_000;

/** Redis or Postgres: the one pod of its StatefulSet, with a volume that stays. */
export class BackingPod implements BackingService {
  readonly #part: 'redis' | 'postgres';
  readonly #name: string;
  readonly #namespace: Namespace;
  readonly #pods: Pods;
  #wanted = true;

  /** @param onExited called when it ends although nobody asked it to */
  constructor(
    part: 'redis' | 'postgres',
    namespace: Namespace,
    pods: Pods,
    onExited: (error: DependencyExited) => void,
  ) {
    this.#part = part;
    this.#name = `${part}-0`;
    this.#namespace = namespace;
    this.#pods = pods;
    let restarts = pods.find(this.#name)?.restarts ?? 0;
    pods.onChange((pod) => {
      if (pod.name !== this.#name) return;
      if (this.#wanted && !namespace.closing && pod.restarts > restarts) {
        onExited(
          new DependencyExited(`${part} ended (${pod.reason}). Its last lines:\n${pod.log.excerpt()}`),
        );
      }
      restarts = pod.restarts;
    });
  }

  async stop(): Promise<void> {
    this.#demandRunning();
    await this.#scaleToNone();
  }

  async kill(): Promise<void> {
    this.#demandRunning();
    this.#wanted = false;
    await signalPod(this.#namespace, this.#name, this.#part, 'KILL');
    // Before the kubelet, which looks once a second, starts it again.
    await this.#scaleToNone();
  }

  async start(): Promise<void> {
    if (this.#wanted) throw new FleetError(`${this.#part} is started already`);
    await this.#scale(1);
    await eventually(
      `${this.#part} is ready`,
      () => this.#pods.of(this.#part).some(({ isReady, isEnding }) => isReady && !isEnding),
      { deadlineMs: startMs, everyMs: 50, details: () => this.#pods.describe() },
    );
    this.#wanted = true;
  }

  async pause(): Promise<void> {
    this.#demandRunning();
    await signalPod(this.#namespace, this.#name, this.#part, 'STOP');
  }

  async resume(): Promise<void> {
    this.#demandRunning();
    await signalPod(this.#namespace, this.#name, this.#part, 'CONT');
  }

  /** Runs a command in it and returns its standard output. */
  async exec(...command: readonly string[]): Promise<string> {
    return await this.#namespace.kubectl.run([
      'exec',
      this.#name,
      '--container',
      this.#part,
      '--',
      ...command,
    ]);
  }

  async #scaleToNone(): Promise<void> {
    this.#wanted = false;
    const ended = this.#pods.end(this.#name, endMs);
    await Promise.all([ended, this.#scale(0)]);
  }

  async #scale(replicas: number): Promise<void> {
    await this.#namespace.kubectl.run(['scale', 'statefulset', this.#part, `--replicas=${replicas}`]);
  }

  #demandRunning(): void {
    if (!this.#wanted) throw new FleetError(`${this.#part} is not running`);
  }
}

/** The pod as the fleet's Redis. */
export function redisIn(pod: BackingPod): Redis {
  return Object.assign(pod, {
    async usedBytes() {
      const info = await pod.exec('sh', '/etc/redis/admin', 'INFO', 'memory');
      const [, bytes] = /^used_memory:(\d+)/m.exec(info) ?? [];
      if (bytes === undefined) throw new FleetError('INFO memory of Redis did not carry used_memory');
      return Number(bytes);
    },
  });
}

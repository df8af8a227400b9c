// What is known of the pods of a namespace, from one `kubectl get pods --watch`: nothing has to be polled, and no exit code is
// missed, although a pod that has ended is gone in an instant.

import pTimeout from 'p-timeout';
import { LogTail } from '../../supervision/log-tail.ts';
import { eventually } from '../eventually.ts';
import { FleetError } from '../fleet.ts';
import type { Namespace } from './namespace.ts';

export type Part = 'app' | 'nginx' | 'redis' | 'postgres';

export interface Pod {
  readonly name: string;
  readonly part: string;
  readonly isReady: boolean;
  /** It was told to end. */
  readonly isEnding: boolean;
  /** It is there no more. */
  readonly isGone: boolean;
  readonly exitCode: number | undefined;
  readonly restarts: number;
  /** Why its container does not run, in Kubernetes' words: `ImagePullBackOff`, `OOMKilled`. */
  readonly reason: string;
  /** Of its first container. */
  readonly log: LogTail;
}

/** Not separated by tabs, which kubectl aligns with blanks. */
const fields = [
  '{.type}',
  '{.object.metadata.name}',
  '{.object.metadata.labels.app\\.kubernetes\\.io/name}',
  '{.object.metadata.deletionTimestamp}',
  '{.object.status.conditions[?(@.type=="Ready")].status}',
  '{.object.status.containerStatuses[0].state.terminated.exitCode}',
  '{.object.status.containerStatuses[0].restartCount}',
  '{.object.status.containerStatuses[0].state.waiting.reason}{.object.status.containerStatuses[0].state.terminated.reason}',
];

/** Until a change has come through DNS to nginx, an instance writes a line for each of hundreds of requests that ask for it. */
const logLines = 2000;

export class Pods {
  readonly #namespace: Namespace;
  /** In the order in which they were made. */
  readonly #pods = new Map<string, Pod>();
  readonly #listeners = new Set<(pod: Pod) => void>();
  readonly #followed = new Set<string>();

  private constructor(namespace: Namespace) {
    this.#namespace = namespace;
  }

  static async watch(namespace: Namespace): Promise<Pods> {
    const pods = new Pods(namespace);
    await pods.#watch();
    return pods;
  }

  /** Those of one part that are not gone, oldest first. */
  of(part: Part): readonly Pod[] {
    return [...this.#pods.values()].filter((pod) => pod.part === part && !pod.isGone);
  }

  /** Also one that is gone. */
  find(name: string): Pod | undefined {
    return this.#pods.get(name);
  }

  all(): readonly Pod[] {
    return [...this.#pods.values()].filter(({ isGone }) => !isGone);
  }

  /** @returns a function that ends the listening */
  onChange(listener: (pod: Pod) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves with the pod's exit code when it is gone. To be called before what ends it. */
  end(name: string, deadlineMs: number): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    const stop = this.onChange((pod) => pod.name === name && pod.isGone && resolve(pod.exitCode ?? 0));
    return pTimeout(promise, {
      milliseconds: deadlineMs,
      message: new FleetError(`The pod ${name} did not end in ${deadlineMs / 1000} s`),
    }).finally(stop);
  }

  /** Waits until so many pods of a part are ready, and no others are there. */
  async settle(part: Part, count: number, deadlineMs: number): Promise<void> {
    await eventually(
      `${count} pods of ${part} are ready, and no others are left`,
      () => {
        const pods = this.of(part);
        return pods.length === count && pods.every(({ isReady, isEnding }) => isReady && !isEnding);
      },
      { deadlineMs, everyMs: 50, details: () => this.describe() },
    );
  }

  /** What is not as it should be, for an error message. */
  describe(): string {
    return this.all()
      .filter(({ isReady, exitCode }) => !isReady && exitCode !== 0)
      .map(({ name, reason, restarts, log }) => `${name} ${reason} (${restarts} restarts):\n${log.excerpt()}`)
      .join('\n');
  }

  async #watch(): Promise<void> {
    const { workspace, kubectl } = this.#namespace;
    const child = await workspace.start({
      name: 'kubectl get pods --watch',
      command: kubectl.program,
      args: kubectl.args(
        ...['get', 'pods', '--watch', '--output-watch-events'],
        ...['--output', `jsonpath=${fields.join('|')}{"\\n"}`],
      ),
    });
    child.log.listen((line) => this.#read(line));
    // The API server ends a watch after an hour at the latest. The next one begins with all that there is.
    void child.ended.then(() => {
      // It only fails when the namespace is being closed at this moment.
      if (!workspace.closing) return this.#watch().catch(() => {});
    });
  }

  #read(line: string): void {
    const [type, name = '', part = '', deletion, ready, exitCode, restarts, reason = ''] = line.split('|');
    if (restarts === undefined) return; // something that kubectl says itself
    const before = this.#pods.get(name);
    const pod: Pod = {
      ...{ name, part, reason },
      isReady: ready === 'True',
      isEnding: deletion !== '',
      isGone: type === 'DELETED',
      exitCode: exitCode === '' ? before?.exitCode : Number(exitCode),
      restarts: Number(restarts),
      log: before?.log ?? new LogTail(logLines),
    };
    this.#pods.set(name, pod);
    if (restarts !== '' && reason !== 'ContainerCreating' && reason !== 'PodInitializing')
      void this.#follow(pod);
    for (const listener of this.#listeners) listener(pod);
  }

  async #follow({ name, log, restarts }: Pod): Promise<void> {
    const { workspace, kubectl, closing } = this.#namespace;
    const run = `${name} ${restarts}`;
    if (closing || this.#followed.has(run)) return;
    this.#followed.add(run);
    const child = await workspace
      .start({
        name: `kubectl logs ${name}`,
        command: kubectl.program,
        args: kubectl.args('logs', '--follow', name),
      })
      .catch(() => undefined);
    child?.log.listen((line) => log.add(line));
  }
}

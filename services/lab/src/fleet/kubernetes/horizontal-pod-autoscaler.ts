// Kubernetes' own autoscaler on a fleet: infra/kubernetes/base/autoscaler.yaml, for a demonstration and not for a day.

import type { Child } from '../../supervision/child.ts';
import { root } from '../compose/images.ts';
import { eventually } from '../eventually.ts';
import { type AutoscalerStep, FleetError, type Following, type PlatformAutoscaler } from '../fleet.ts';
import type { Namespace } from './namespace.ts';
import type { Pod, Pods } from './pods.ts';

const manifest = `${root}/infra/kubernetes/base/autoscaler.yaml`;

/** What the HorizontalPodAutoscaler shows of a decision. */
export interface ObservedStep extends AutoscalerStep {
  /**
   * The figure is an average of the instances that have been measured, which new ones are not yet. Seen from here it is of at
   * least and of at most so many.
   */
  readonly measuredAtLeast: number;
  readonly measuredAtMost: number;
}

const isThereAMetricsServer = 'Is there a metrics server? kubectl top pods says so.';
/** Longer than a metrics server takes by default, 60 s, and then the autoscaler, 15 s. */
const firstLookMs = 120_000;
/**
 * When a pod has been ready for so long, its processor time is known: the metrics server has to read it twice, and the autoscaler
 * to look again. By infra/kubernetes-engine/timings.
 */
const measuredAfterMs = 30_000;
/** How long the load has to be low before instances are removed, in seconds. The manifest has 60, the default is 300. */
export const scaleDownWindowSeconds = 15;

export type AutoscalerOptions = Parameters<PlatformAutoscaler['follow']>[0];

/** What is laid over the manifest. One pod at a time stays as it is. */
const change = ({ max, targetMilliCores }: AutoscalerOptions) => ({
  spec: {
    minReplicas: 1,
    maxReplicas: max,
    metrics: [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'AverageValue', averageValue: `${targetMilliCores}m` } },
      },
    ],
    behavior: { scaleDown: { stabilizationWindowSeconds: scaleDownWindowSeconds } },
  },
});

const fields = [
  '{.object.status.currentReplicas}',
  '{.object.status.desiredReplicas}',
  '{.object.status.currentMetrics[0].resource.current.averageValue}',
];

export class HorizontalPodAutoscaler implements Following {
  readonly steps: ObservedStep[] = [];
  readonly failure = undefined;
  readonly #namespace: Namespace;
  readonly #pods: Pods;
  readonly #onFirstScaleIn: () => void;
  readonly #onStopped: () => Promise<void>;
  readonly #startedAtMs = performance.now();
  /** By the pods' names. */
  readonly #readySinceMs = new Map<string, number>();
  readonly #stopListening: () => void;
  #watch: Child | undefined;
  #stopping: Promise<void> | undefined;
  #hasScaledIn = false;

  private constructor(
    namespace: Namespace,
    pods: Pods,
    onFirstScaleIn: () => void,
    onStopped: () => Promise<void>,
  ) {
    this.#namespace = namespace;
    this.#pods = pods;
    this.#onFirstScaleIn = onFirstScaleIn;
    this.#onStopped = onStopped;
    for (const { name } of pods.of('app')) this.#readySinceMs.set(name, Number.NEGATIVE_INFINITY);
    this.#stopListening = pods.onChange((pod) => this.#noteReady(pod));
  }

  /** @param onStopped called when it is gone, before anybody else may change the number of instances */
  static async start(
    namespace: Namespace,
    pods: Pods,
    options: AutoscalerOptions,
    onStopped: () => Promise<void>,
  ): Promise<HorizontalPodAutoscaler> {
    const { kubectl } = namespace;
    const autoscaler = new HorizontalPodAutoscaler(namespace, pods, options.onFirstScaleIn, onStopped);
    try {
      await eventually(
        'the instances are known to have nothing to do',
        async () => (await usedMilliCores(namespace)) < options.targetMilliCores / 2,
        { deadlineMs: firstLookMs, everyMs: 1_000, details: () => isThereAMetricsServer },
      );
      const changed = await kubectl.run([
        ...['patch', '--local', '--filename', manifest, '--type', 'merge', '--output', 'json'],
        ...['--patch', JSON.stringify(change(options))],
      ]);
      await kubectl.run(['create', '--filename', '-'], changed);
      await autoscaler.#observe();
      await eventually(
        'the HorizontalPodAutoscaler knows what the instances use',
        () => autoscaler.steps.length > 0,
        {
          ...{ deadlineMs: firstLookMs, everyMs: 100 },
          details: () => isThereAMetricsServer,
        },
      );
      return autoscaler;
    } catch (error) {
      await autoscaler[Symbol.asyncDispose]();
      throw error;
    }
  }

  async stop(): Promise<readonly ObservedStep[]> {
    await this[Symbol.asyncDispose]();
    return this.steps;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#stopListening();
    this.#watch?.signal('SIGTERM');
    await this.#watch?.end(5_000);
    if (this.#namespace.closing) return;
    await this.#namespace.kubectl.run(['delete', 'hpa', 'app', '--ignore-not-found', '--wait']);
    await this.#onStopped();
  }

  async #observe(): Promise<void> {
    const { workspace, kubectl } = this.#namespace;
    this.#watch = await workspace.start({
      name: 'kubectl get hpa --watch',
      command: kubectl.program,
      args: kubectl.args(
        ...['get', 'hpa', 'app', '--watch', '--output-watch-events'],
        ...['--output', `jsonpath=${fields.join('|')}{"\\n"}`],
      ),
    });
    this.#watch.log.listen((line) => this.#read(line));
  }

  /** Each state that it shows is one decision: the figure, how many there were, and how many there are to be. */
  #read(line: string): void {
    const [current = '', desired = '', average = ''] = line.split('|');
    if (current === '' || desired === '' || average === '') return; // it has not seen the fleet yet
    const step: ObservedStep = {
      atSeconds: Number(((performance.now() - this.#startedAtMs) / 1000).toFixed(1)),
      instances: Number(current),
      metric: milliCores(average),
      desired: Number(desired),
      ...this.#measured(Number(current)),
    };
    this.steps.push(step);
    if (step.desired >= step.instances || this.#hasScaledIn) return;
    this.#hasScaledIn = true;
    this.#onFirstScaleIn();
  }

  #measured(instances: number) {
    const now = performance.now();
    const sinceMs = this.#pods
      .of('app')
      .filter(({ isEnding }) => !isEnding)
      .map(({ name }) => now - (this.#readySinceMs.get(name) ?? now));
    const atLeast = sinceMs.filter((ms) => ms >= measuredAfterMs).length;
    const atMost = sinceMs.filter((ms) => ms > 0).length;
    const among = (count: number) => Math.min(instances, Math.max(1, count));
    return { measuredAtLeast: among(atLeast), measuredAtMost: among(atMost) };
  }

  #noteReady({ name, part, isReady }: Pod): void {
    if (part === 'app' && isReady && !this.#readySinceMs.has(name)) {
      this.#readySinceMs.set(name, performance.now());
    }
  }
}

/** What all instances were using of the processor when the metrics server read it last. */
async function usedMilliCores({ kubectl }: Namespace): Promise<number> {
  const selector = 'app.kubernetes.io/name=app';
  const table = await kubectl.run(['top', 'pods', '--no-headers', '--selector', selector]);
  const used = table.split('\n').filter((line) => line !== '');
  return used.reduce((sum, line) => sum + milliCores(line.split(/ +/)[1] ?? ''), 0);
}

/** @param quantity as Kubernetes writes one: `92m`, or `1` for a whole core. @throws {FleetError} */
export function milliCores(quantity: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(m?)$/.exec(quantity) ?? [];
  if (number === undefined) throw new FleetError(`The HorizontalPodAutoscaler measured "${quantity}"`);
  return unit === 'm' ? Number(number) : Number(number) * 1000;
}

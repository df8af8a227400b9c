// The deployment as users get it by `kubectl apply -k infra/kubernetes/overlays/demo`, in a namespace of its own, for tests of
// what its settings are for. Only the limits for one client are wide, since all people of a test have one address.

import { relative } from 'node:path';
import { appImage, root } from '../../services/lab/src/fleet/compose/images.ts';
import { eventually } from '../../services/lab/src/fleet/eventually.ts';
import { type Cluster, demandCluster } from '../../services/lab/src/fleet/kubernetes/cluster.ts';
import { findPublishedPort, forwardPort } from '../../services/lab/src/fleet/kubernetes/entrance.ts';
import { provideClusterImages } from '../../services/lab/src/fleet/kubernetes/load-images.ts';
import { Namespace } from '../../services/lab/src/fleet/kubernetes/namespace.ts';
import { Pods } from '../../services/lab/src/fleet/kubernetes/pods.ts';
import { probe } from '../../services/lab/src/fleet/probe.ts';
import { waitUntilProxyUses } from '../../services/lab/src/fleet/wait-until-proxy-uses.ts';
import { freePort } from '../../services/lab/src/supervision/free-port.ts';

/** What a test changes: a strategic merge, with apiVersion, kind and metadata.name. */
export type Patch = Readonly<Record<string, unknown>>;

export interface ClusterDeploymentOptions {
  readonly patches?: readonly Patch[];
  /** Settings of the instances. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly strategy?: string;
  /** Whether the HorizontalPodAutoscaler is there. Default: no, and the test says how many instances there are: first two. */
  readonly autoscaler?: boolean;
}

const startMs = 240_000;

export class ClusterDeployment implements AsyncDisposable {
  readonly namespace: Namespace;
  readonly pods: Pods;
  readonly baseUrl: string;
  readonly #nodePort: number | undefined;
  readonly #options: ClusterDeploymentOptions;

  private constructor(
    parts: Pick<ClusterDeployment, 'namespace' | 'pods' | 'baseUrl'>,
    nodePort: number | undefined,
    options: ClusterDeploymentOptions,
  ) {
    this.namespace = parts.namespace;
    this.pods = parts.pods;
    this.baseUrl = parts.baseUrl;
    this.#nodePort = nodePort;
    this.#options = options;
  }

  static async start(options: ClusterDeploymentOptions = {}): Promise<ClusterDeployment> {
    const cluster = await demandCluster();
    const namespace = await Namespace.open(cluster);
    try {
      return await start(cluster, namespace, options);
    } catch (error) {
      await namespace[Symbol.asyncDispose]();
      throw error;
    }

    async function start(cluster: Cluster, namespace: Namespace, options: ClusterDeploymentOptions) {
      await provideClusterImages(namespace.workspace, cluster.context);
      const nodePort = await findPublishedPort(cluster.kubectl);
      const pods = await Pods.watch(namespace);
      const port = nodePort ?? (await freePort());
      const baseUrl = `http://127.0.0.1:${port}`;
      const deployment = new ClusterDeployment({ namespace, pods, baseUrl }, nodePort, options);
      await deployment.apply();
      await deployment.kubectl('rollout', 'status', 'deployment/nginx', `--timeout=${startMs / 1000}s`);
      await deployment.kubectl('rollout', 'status', 'deployment/app', `--timeout=${startMs / 1000}s`);
      if (nodePort === undefined) await forwardPort(namespace, port);
      await eventually('nginx answers', async () => (await probe(`${baseUrl}/api/v1/cart`)).status === 200, {
        ...{ deadlineMs: 30_000, everyMs: 100, details: () => pods.describe() },
      });
      await deployment.untilUsed();
      return deployment;
    }
  }

  /** Applies the manifests once more, with these changes besides. */
  async apply(patches: readonly Patch[] = []): Promise<void> {
    await this.namespace.apply((folder) => this.#overlay(folder, patches));
  }

  async kubectl(...args: readonly string[]): Promise<string> {
    return await this.namespace.kubectl.run(args, '', startMs);
  }

  /** The names of the instances that are ready and not ending, oldest first. */
  instances(): string[] {
    return this.pods
      .of('app')
      .filter(({ isReady, isEnding }) => isReady && !isEnding)
      .map(({ name }) => name);
  }

  async scaleTo(count: number): Promise<void> {
    await this.kubectl('scale', 'deployment/app', `--replicas=${count}`);
    await this.pods.settle('app', count, 120_000);
    await this.untilUsed();
  }

  /** Resolves when nginx, each of the two, hands requests to all instances. */
  async untilUsed(): Promise<void> {
    const names = this.instances();
    await waitUntilProxyUses(this.baseUrl, { instances: names.length, added: names, removed: 0 });
    // Which of the two answers is a matter of chance for each connection: so many in a row leave no doubt of either.
    let inARow = 0;
    await eventually(
      'every request is answered',
      async () => {
        const { status } = await probe(`${this.baseUrl}/api/v1/cart`, 5_000);
        inARow = status === 200 ? inARow + 1 : 0;
        return inARow >= 30;
      },
      { deadlineMs: 60_000, everyMs: 5 },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.namespace[Symbol.asyncDispose]();
  }

  #overlay(folder: string, more: readonly Patch[]): object {
    const { patches = [], settings = {}, strategy = 'redis', autoscaler = false } = this.#options;
    const at = (path: string) => relative(folder, `${root}/infra/kubernetes/${path}`);
    const literals = (values: Readonly<Record<string, string>>) =>
      Object.entries(values).map(([name, value]) => `${name}=${value}`);
    const own: Patch[] = [
      service({
        type: 'NodePort',
        ports: [{ port: 8080, ...(this.#nodePort && { nodePort: this.#nodePort }) }],
      }),
      ...(autoscaler
        ? []
        : [
            { ...named('autoscaling/v2', 'HorizontalPodAutoscaler', 'app'), $patch: 'delete' },
            { ...named('apps/v1', 'Deployment', 'app'), spec: { replicas: 2 } },
          ]),
      {
        ...named('apps/v1', 'Deployment', 'nginx'),
        spec: { template: { spec: { containers: [{ name: 'nginx', env: wideLimits }] } } },
      },
    ];
    return {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      namespace: this.namespace.name,
      resources: [at('base')],
      components: [at('stores')],
      configMapGenerator: [
        { name: 'strategy', behavior: 'merge', literals: literals({ SESSION_STRATEGY: strategy }) },
        { name: 'app', behavior: 'merge', literals: literals({ ...manyUsers, ...settings }) },
      ],
      images: [{ name: 'express-sessions-at-scale/app', newName: appImage }],
      patches: [...own, ...patches, ...more].map((patch) => ({ patch: JSON.stringify(patch) })),
    };
  }
}

export const named = (apiVersion: string, kind: string, name: string) => ({
  apiVersion,
  kind,
  metadata: { name },
});
/** A change of the instances' pods. */
export const ofInstances = (pod: object): Patch => ({
  ...named('apps/v1', 'Deployment', 'app'),
  spec: { template: { spec: pod } },
});
const service = (spec: object): Patch => ({ ...named('v1', 'Service', 'nginx'), spec });

/** As tests/containers/many-users.yml, and as overlays/demo what plain HTTP on this machine needs. */
const manyUsers = {
  BCRYPT_ROUNDS: '4',
  HASH_THREADS: '0',
  ALLOW_INSECURE: 'cookie,rounds,threads',
  COOKIE_SECURE: 'false',
  THROTTLE_SIGNUPS_PER_ADDRESS: '100000',
};
const wideLimits = [
  { name: 'CLIENT_REQUESTS_PER_SECOND', value: '1000000' },
  { name: 'CLIENT_REQUESTS_BURST', value: '1000000' },
  { name: 'CLIENT_CONNECTIONS', value: '65535' },
];

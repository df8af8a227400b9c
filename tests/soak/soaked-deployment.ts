// What a soak needs of a deployment, in containers or on a cluster.

import { Deployment } from '../containers/deployment.ts';
import { ClusterDeployment } from '../kubernetes/cluster-deployment.ts';

export const soakedKinds = ['compose', 'kubernetes'] as const;
export type SoakedKind = (typeof soakedKinds)[number];

export interface SoakedDeployment extends AsyncDisposable {
  readonly baseUrl: string;
  /** The names of the instances. */
  instances(): Promise<readonly string[]>;
  scaleTo(count: number): Promise<unknown>;
  /** Ends one in the orderly way. */
  remove(name: string): Promise<unknown>;
  /** Replaces all of them. */
  deploy(): Promise<unknown>;
  /** Lines of the proxy's error log. */
  nginxErrors(): Promise<readonly string[]>;
}

/** Starts one with two instances, whose limits for one client are wide. */
export async function startSoaked(kind: SoakedKind): Promise<SoakedDeployment> {
  return kind === 'compose' ? await inContainers() : await onCluster();
}

async function inContainers(): Promise<SoakedDeployment> {
  const deployment = await Deployment.start({
    instances: 2,
    overlays: ['tests/containers/many-users.yml'],
  });
  return {
    baseUrl: deployment.baseUrl,
    instances: () => deployment.instances(),
    scaleTo: (count) => deployment.scaleTo(count),
    remove: (name) => deployment.remove(name),
    deploy: () => deployment.operate('deploy'),
    nginxErrors: () => deployment.nginxErrors(),
    [Symbol.asyncDispose]: () => deployment[Symbol.asyncDispose](),
  };
}

async function onCluster(): Promise<SoakedDeployment> {
  const deployment = await ClusterDeployment.start();
  const settle = (count: number) => deployment.pods.settle('app', count, 120_000);
  return {
    baseUrl: deployment.baseUrl,
    instances: async () => deployment.instances(),
    async scaleTo(count) {
      await deployment.kubectl('scale', 'deployment/app', `--replicas=${count}`);
      await settle(count);
    },
    // The Deployment puts another one in its place.
    async remove(name) {
      const { length: count } = deployment.instances();
      await deployment.kubectl('delete', 'pod', name);
      await settle(count);
    },
    async deploy() {
      const { length: count } = deployment.instances();
      await deployment.kubectl('rollout', 'restart', 'deployment/app');
      await deployment.kubectl('rollout', 'status', 'deployment/app', '--timeout=150s');
      await settle(count);
    },
    nginxErrors: async () =>
      deployment.pods
        .of('nginx')
        .flatMap(({ log }) => log.lines)
        .filter((line) => /\[(warn|error|crit|alert|emerg)\]/.test(line)),
    [Symbol.asyncDispose]: () => deployment[Symbol.asyncDispose](),
  };
}

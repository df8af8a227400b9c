// What the laboratory changes in the manifests that users apply. Everything else is infra/kubernetes as it is.

import { relative } from 'node:path';
import { appImage, root } from '../compose/images.ts';
import type { FleetOptions } from '../fleet.ts';
import { settingsOf } from '../laboratory-settings.ts';
import { smallHeap } from '../small-heap.ts';

export interface OverlayOptions
  extends Pick<FleetOptions, 'strategy' | 'instances' | 'appSettings' | 'clientLimits' | 'heapMiB'> {
  readonly namespace: string;
  /** The port of the nodes that leads to nginx; `undefined` for one that the cluster chooses. */
  readonly nodePort: number | undefined;
}

/** A kustomization (JSON is YAML), to be written into a folder. @param folder as it is without links */
export function overlay(options: OverlayOptions, folder: string): object {
  const { namespace, strategy, instances, appSettings, clientLimits, heapMiB, nodePort } = options;
  const at = (path: string) => relative(folder, `${root}/infra/kubernetes/${path}`);
  const settings = { ...settingsOf('app', 'kubernetes'), ...appSettings };
  const app = {
    name: 'app',
    ...(heapMiB !== undefined && {
      // The command of the image, with options that NODE_OPTIONS does not take.
      command: ['node', ...smallHeap(heapMiB), 'services/app/src/main.ts'],
      // Room for the heap and for all that is not heap.
      resources: { limits: { memory: `${Math.max(384, heapMiB + 256)}Mi` } },
    }),
  };
  return {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace,
    resources: [at('base')],
    components: [at('stores')],
    configMapGenerator: [
      { name: 'strategy', behavior: 'merge', literals: literals({ SESSION_STRATEGY: strategy }) },
      { name: 'app', behavior: 'merge', literals: literals(settings) },
    ],
    images: [{ name: 'express-sessions-at-scale/app', newName: appImage }],
    patches: [
      patch('apps/v1', 'Deployment', 'app', {
        replicas: instances,
        template: { spec: { ...sharedProcesses, containers: [app] } },
      }),
      // The laboratory says how many there are.
      {
        patch: JSON.stringify({
          ...head('autoscaling/v2', 'HorizontalPodAutoscaler', 'app'),
          $patch: 'delete',
        }),
      },
      patch('apps/v1', 'Deployment', 'nginx', {
        // One round robin, so that its order can be relied on.
        replicas: 1,
        template: {
          spec: {
            containers: [{ name: 'nginx', env: variables(settingsOf('nginx', 'kubernetes', clientLimits)) }],
          },
        },
      }),
      patch('v1', 'Service', 'nginx', {
        type: 'NodePort',
        ports: [{ port: 8080, ...(nodePort !== undefined && { nodePort }) }],
      }),
      patch('apps/v1', 'StatefulSet', 'redis', {
        // See ../processes/redis.ts: what was handed to the operating system survives a SIGKILL.
        template: {
          spec: {
            ...sharedProcesses,
            containers: [
              { name: 'redis', command: ['redis-server', '/etc/redis/redis.conf', '--appendfsync', 'no'] },
            ],
          },
        },
      }),
      patch('apps/v1', 'StatefulSet', 'postgres', {
        // Likewise.
        template: {
          spec: {
            ...sharedProcesses,
            containers: [
              {
                name: 'postgres',
                command: ['bash', '-c', withoutLock, 'bash'],
                args: ['postgres', '-c', 'max_connections=400', '-c', 'fsync=off'],
                env: variables({
                  POSTGRES_INITDB_ARGS: '--auth=scram-sha-256 --encoding=UTF8 --locale=C --no-sync',
                }),
              },
            ],
          },
        },
      }),
    ],
  };
}

/** A process that is number 1 of its container ignores SIGKILL and SIGSTOP from within. In a pod that shares them none is. */
const sharedProcesses = { shareProcessNamespace: true };

/**
 * After a SIGKILL Postgres finds the number of its former process in its lock file, and does not start if there is a process, or a
 * thread, of this number. As number 1 of its container it is itself that process; in a pod that shares processes any other may be.
 * A StatefulSet never has two of a pod, so nobody else has the data.
 */
const withoutLock = 'rm -f "$PGDATA/postmaster.pid" && exec docker-entrypoint.sh "$@"';

const head = (apiVersion: string, kind: string, name: string) => ({ apiVersion, kind, metadata: { name } });

/** A strategic merge: lists of containers, variables and ports are merged by their names. */
const patch = (apiVersion: string, kind: string, name: string, spec: object) => ({
  patch: JSON.stringify({ ...head(apiVersion, kind, name), spec }),
});

const literals = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([name, value]) => `${name}=${value}`);

const variables = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([name, value]) => ({ name, value }));

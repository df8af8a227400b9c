import { demandPort, freePort } from '../../supervision/free-port.ts';
import { demandEngine } from '../compose/engine.ts';
import { eventually } from '../eventually.ts';
import { type Fleet, FleetError, type FleetOptions } from '../fleet.ts';
import { probe } from '../probe.ts';
import { waitUntilProxyUses } from '../wait-until-proxy-uses.ts';
import { BackingPod, redisIn } from './backing-pod.ts';
import { type Cluster, demandCluster } from './cluster.ts';
import { findPublishedPort, forwardPort, relayPort } from './entrance.ts';
import { KubernetesFleet } from './kubernetes-fleet.ts';
import { provideClusterImages } from './load-images.ts';
import { Namespace } from './namespace.ts';
import { overlay } from './overlay.ts';
import { Pods } from './pods.ts';

/** Starting everything on a busy machine with two cores takes a minute. */
const startMs = 240_000;

/**
 * Starts a fleet on a cluster: the manifests that users apply, in a namespace of its own. Several can run beside each other;
 * none outlives the laboratory.
 *
 * @throws {NotPossibleHere} when there is no cluster, its cluster is not on this machine and was not named, no Docker engine
 *   builds the image, or the wanted port is in use
 * @throws {FleetError} when a component does not start. Nothing is left running then
 */
export async function startKubernetesFleet(options: FleetOptions): Promise<Fleet> {
  options.signal?.throwIfAborted();
  if (options.appEntry !== undefined) {
    throw new FleetError(
      'A fleet on a cluster runs the program that is in the app’s image; appEntry is for processes.',
    );
  }
  const cluster = await demandCluster(options.context);
  await demandEngine();
  if (options.port !== undefined) await demandPort(options.port);
  const namespace = await Namespace.open(cluster);
  // Disposal ends the commands that the start is waiting for, and so the start itself.
  const abort = () => void namespace[Symbol.asyncDispose]();
  options.signal?.addEventListener('abort', abort);
  try {
    options.signal?.throwIfAborted();
    const fleet = await start(namespace, cluster, options);
    options.signal?.throwIfAborted();
    return fleet;
  } catch (error) {
    await namespace[Symbol.asyncDispose]();
    // An error of a command that was ended is only a consequence of the abort.
    options.signal?.throwIfAborted();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}

async function start(namespace: Namespace, cluster: Cluster, options: FleetOptions): Promise<Fleet> {
  const { strategy, instances, onDependencyExited = () => {} } = options;
  await provideClusterImages(namespace.workspace, cluster.context);

  const nodePort = await findPublishedPort(cluster.kubectl);
  const pods = await Pods.watch(namespace);
  await namespace.apply((folder) => overlay({ ...options, namespace: namespace.name, nodePort }, folder));
  await eventually(
    'all pods are ready',
    () =>
      pods.of('app').length === instances &&
      (['app', 'nginx', 'redis', 'postgres'] as const).every((part) =>
        pods.of(part).every(({ isReady }) => isReady),
      ) &&
      pods.of('nginx').length > 0,
    {
      ...{ deadlineMs: startMs, everyMs: 100, details: () => pods.describe() },
      ...(options.signal && { signal: options.signal }),
    },
  );

  const baseUrl = `http://127.0.0.1:${await openEntrance(namespace, nodePort, options.port)}`;
  await eventually(
    'nginx answers',
    async () => (await probe(`${baseUrl}/api/v1/cart`)).status === (instances === 0 ? 503 : 200),
    { deadlineMs: 30_000, everyMs: 50, details: () => pods.describe() },
  );
  const names = pods.of('app').map(({ name }) => name);
  await waitUntilProxyUses(baseUrl, { instances, added: names, removed: 0 });
  const redis = new BackingPod('redis', namespace, pods, onDependencyExited);
  const postgres = new BackingPod('postgres', namespace, pods, onDependencyExited);
  const nginxVersion = namespace.kubectl.run(['exec', 'deployment/nginx', '--', 'sh', '-c', 'nginx -v 2>&1']);
  return new KubernetesFleet({
    ...{ strategy, baseUrl, namespace, pods, instances, postgres },
    redis: redisIn(redis),
    versions: {
      nginx: number(await nginxVersion),
      redis: number(await redis.exec('redis-server', '--version')),
      postgres: number(await postgres.exec('postgres', '--version')),
      kubernetes: cluster.version,
    },
  });
}

/** @returns the port on loopback */
async function openEntrance(
  namespace: Namespace,
  nodePort: number | undefined,
  wanted: number | undefined,
): Promise<number> {
  if (nodePort === undefined) {
    const port = wanted ?? (await freePort());
    await forwardPort(namespace, port);
    return port;
  }
  if (wanted === undefined) return nodePort;
  namespace.owned.use(await relayPort(wanted, nodePort));
  return wanted;
}

function number(text: string): string {
  return /\d+(\.\d+)+/.exec(text)?.[0] ?? 'unknown';
}

// How a fleet on a cluster is reached on loopback.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Child } from '../../supervision/child.ts';
import type { Kubectl } from './cluster.ts';
import type { Namespace } from './namespace.ts';

/**
 * Published on loopback by infra/kubernetes-engine, and by a kind cluster whose configuration says so. Without 30080, which
 * infra/kubernetes/overlays/demo takes.
 */
const publishedPorts = Array.from({ length: 9 }, (_, n) => 30_081 + n);

/** @returns a port of the nodes that is on loopback, too, and that no Service has yet */
export async function findPublishedPort(kubectl: Kubectl): Promise<number | undefined> {
  const text = await kubectl.run([
    ...['get', 'services', '--all-namespaces', '--output'],
    'jsonpath={.items[*].spec.ports[*].nodePort}',
  ]);
  const taken = new Set(text.split(' ').map(Number));
  for (const port of publishedPorts) {
    if (!taken.has(port) && (await accepts(port))) return port;
  }
  return undefined;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1', timeout: 1_000 });
  try {
    await Promise.race([
      once(socket, 'connect'),
      once(socket, 'timeout').then(() => Promise.reject(new Error('timeout'))),
    ]);
    return true;
  } catch {
    return false; // nobody listens there
  } finally {
    socket.destroy();
  }
}

/** Leads a port of this machine to nginx through the API server. Slower than a published port: for clusters without. */
export async function forwardPort({ workspace, kubectl }: Namespace, port: number): Promise<Child> {
  const child = await workspace.start({
    name: 'kubectl port-forward',
    command: kubectl.program,
    args: kubectl.args('port-forward', 'service/nginx', `${port}:8080`),
  });
  await child.line(
    'it forwarded the port',
    (line) => line.startsWith('Forwarding from') || undefined,
    20_000,
  );
  return child;
}

/** Leads one port of loopback to another. @returns what closes it */
export async function relayPort(from: number, to: number): Promise<AsyncDisposable> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const target = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true });
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  server.listen(from, '127.0.0.1');
  await once(server, 'listening');
  return {
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

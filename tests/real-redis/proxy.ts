// A TCP connection to Redis over a network that is slow, or that forgets connections without telling either end.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface Proxy extends AsyncDisposable {
  readonly url: string;
  /** From now on the connections that there are stay open and carry nothing. New ones are fine. */
  forgetConnections(): void;
}

/** @param delayMs added in each direction */
export async function startProxy(port: number, delayMs = 0): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    pass(near, far, delayMs);
    pass(far, near, delayMs);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('no TCP address');
  return {
    url: `redis://127.0.0.1:${address.port}`,
    forgetConnections: () => {
      for (const socket of sockets) socket.removeAllListeners('data').pause();
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function pass(from: Socket, to: Socket, delayMs: number): void {
  from.on('data', (data) => {
    if (delayMs === 0) to.write(data);
    else setTimeout(() => to.write(data), delayMs);
  });
}

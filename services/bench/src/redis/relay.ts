// A TCP relay that adds latency: what arrives on one side is sent on by the other a set time later, in the same order.
// It runs anywhere; the kernel's own way (tc netem) needs root and a module that is often not there.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export type Direction = 'to-server' | 'to-client';

export interface RelayOptions {
  /** The server's port on loopback. */
  readonly port: number;
  /** Added in each direction, in milliseconds, above 0. A round trip takes twice that much longer. */
  readonly delayMs: number;
  /** Called with everything that arrives, when it arrives. */
  readonly onArrival?: (connection: object, direction: Direction, bytes: Buffer) => void;
}

export interface Relay extends AsyncDisposable {
  /** On loopback. */
  readonly port: number;
}

/** Starts one on a port that the system chooses. Held with `await using`; disposing it breaks its connections. */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const sockets = new Set<Socket>();
  // Half open: the end of one direction is passed on like bytes, after those that are still delayed.
  const socketOptions = { noDelay: true, allowHalfOpen: true };
  const listener = createServer(socketOptions, (client) => {
    const server = connect({ port: options.port, host: '127.0.0.1', ...socketOptions });
    const connection = {};
    passOn(client, server, options.delayMs, (bytes) => options.onArrival?.(connection, 'to-server', bytes));
    passOn(server, client, options.delayMs, (bytes) => options.onArrival?.(connection, 'to-client', bytes));
    for (const socket of [client, server]) {
      sockets.add(socket);
      // A connection that broke, or was never made, breaks the other one too. One that has ended in order has passed its
      // end on, and what it sent before may still be delayed.
      socket.on('error', () => {
        client.destroy();
        server.destroy();
      });
      socket.on('close', () => sockets.delete(socket));
    }
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new TypeError('A TCP server has a TCP port');
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      const closed = once(listener, 'close');
      listener.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/**
 * Queues what arrives, each piece with the time when it is due. Reading never waits for writing, so any number of pieces
 * can be delayed at once, and the delay does not limit the throughput. The price is that there is no back-pressure; the
 * clients of Redis wait for their answers, which bounds the queue.
 */
function passOn(from: Socket, to: Socket, delayMs: number, onArrival: (bytes: Buffer) => void): void {
  const queue: { readonly dueMs: number; readonly send: () => void }[] = [];
  let timer: NodeJS.Timeout | undefined;

  const sendDue = () => {
    clearTimeout(timer);
    timer = undefined;
    const nowMs = performance.now();
    for (let first = queue[0]; first !== undefined && first.dueMs <= nowMs; first = queue[0]) {
      queue.shift();
      if (to.writable) first.send();
    }
    const [next] = queue;
    // Node's timers count whole milliseconds and may fire up to one too early; then this runs once more.
    if (next !== undefined) timer = setTimeout(sendDue, next.dueMs - nowMs);
  };
  const enqueue = (send: () => void) => {
    queue.push({ dueMs: performance.now() + delayMs, send });
    // Even if a timer is set: the event loop is awake anyway, and something may have become due meanwhile.
    sendDue();
  };

  from.on('data', (bytes) => {
    onArrival(bytes);
    enqueue(() => to.write(bytes));
  });
  from.on('end', () => enqueue(() => to.end()));
  to.on('close', () => {
    queue.length = 0;
    clearTimeout(timer);
  });
}

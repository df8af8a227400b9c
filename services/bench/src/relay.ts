// A TCP relay that makes a way longer: what arrives at one end leaves the other a set time later, in the same order.
// Anyone can run it; the kernel's own (tc netem) needs root and a module that is often not there.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export type Direction = 'there' | 'back';

export interface RelayOptions {
  /** Where connections are passed on to, on loopback. */
  readonly port: number;
  /** Added in each direction, in milliseconds. A round trip takes twice as much longer. */
  readonly delayMs: number;
  /** Told of everything that arrives, when it does. */
  readonly onArrival?: (connection: object, direction: Direction, bytes: Buffer) => void;
  /** Where it answers with a promise, the bytes and what follows them in the same direction wait until that resolves. */
  readonly hold?: (connection: object, direction: Direction, bytes: Buffer) => Promise<void> | undefined;
}

export interface Relay extends AsyncDisposable {
  /** On loopback. */
  readonly port: number;
}

/** Starts one on a port that the system chooses. Held with `await using`; disposing it breaks its connections. */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const sockets = new Set<Socket>();
  // Half open: an end is passed on like bytes, behind those that are still on their way.
  const sides = { noDelay: true, allowHalfOpen: true };
  const server = createServer(sides, (near) => {
    const far = connect({ port: options.port, host: '127.0.0.1', ...sides });
    const connection = {};
    const arrived = (direction: Direction) => (bytes: Buffer) => {
      options.onArrival?.(connection, direction, bytes);
      return options.hold?.(connection, direction, bytes);
    };
    passOn(near, far, options.delayMs, arrived('there'));
    passOn(far, near, options.delayMs, arrived('back'));
    for (const socket of [near, far]) {
      sockets.add(socket);
      // A connection that broke, or never came about, breaks the other one too. One that has ended the orderly way has
      // passed its end on, and what it sent before may still be on its way.
      socket.on('error', () => {
        near.destroy();
        far.destroy();
      });
      socket.on('close', () => sockets.delete(socket));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('A TCP server has a TCP port');
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/**
 * A line of parcels, each with the time when it is due. Reading never waits for writing, so any number of parcels can
 * be on their way and the delay limits no throughput. The price is that there is no back-pressure; the clients of Redis
 * wait for their answers, which bounds it.
 */
function passOn(
  from: Socket,
  to: Socket,
  delayMs: number,
  arrived: (bytes: Buffer) => Promise<void> | undefined,
): void {
  const onTheWay: { dueMs: number; readonly handOver: () => void }[] = [];
  let timer: NodeJS.Timeout | undefined;

  const deliver = () => {
    clearTimeout(timer);
    timer = undefined;
    const nowMs = performance.now();
    for (let first = onTheWay[0]; first !== undefined && first.dueMs <= nowMs; first = onTheWay[0]) {
      onTheWay.shift();
      if (to.writable) first.handOver();
    }
    const [next] = onTheWay;
    // Node's timers count whole milliseconds and may come up to one too early. Then this looks once more.
    if (next !== undefined && next.dueMs < Infinity) timer = setTimeout(deliver, next.dueMs - nowMs);
  };
  const send = (handOver: () => void, held?: Promise<void>) => {
    const dueMs = performance.now() + delayMs;
    const parcel = { dueMs: held === undefined ? dueMs : Infinity, handOver };
    onTheWay.push(parcel);
    held?.then(() => {
      parcel.dueMs = dueMs;
      deliver();
    });
    // Also when a timer runs: the loop is awake anyhow, and something may have become due in the meantime.
    deliver();
  };

  from.on('data', (bytes) => {
    const held = arrived(bytes);
    send(() => to.write(bytes), held);
  });
  from.on('end', () => send(() => to.end()));
  to.on('close', () => {
    onTheWay.length = 0;
    clearTimeout(timer);
  });
}

// A TCP connection to Redis over a network that is slow, that keeps a command for a while, or that forgets connections
// without telling either end.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface Relay extends AsyncDisposable {
  readonly url: string;
  /** From now on the connections that there are stay open and carry nothing. New ones are fine. */
  forgetConnections(): void;
  /** Keeps the next command that holds this text, and what its connection sends after it, until it is let go. */
  hold(text: string): Held;
}

export interface Held {
  /** Resolves when the command has come and is kept. */
  readonly reached: Promise<void>;
  letGo(): void;
}

/** @param delayMs added in each direction */
export async function startRelay(port: number, delayMs = 0): Promise<Relay> {
  const sockets = new Set<Socket>();
  const gates: Gate[] = [];
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    pass(near, far, delayMs, gates);
    pass(far, near, delayMs, []);
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
    hold: (text) => {
      const reached = Promise.withResolvers<void>();
      const opened = Promise.withResolvers<void>();
      gates.push({ text, reach: reached.resolve, opened: opened.promise });
      return { reached: reached.promise, letGo: opened.resolve };
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

interface Gate {
  readonly text: string;
  reach(): void;
  readonly opened: Promise<void>;
}

function pass(from: Socket, to: Socket, delayMs: number, gates: Gate[]): void {
  let before: Promise<void> | undefined;
  from.on('data', (data) => {
    const gate = gates.findIndex(({ text }) => data.includes(text));
    for (const { reach, opened } of gate < 0 ? [] : gates.splice(gate, 1)) {
      reach();
      before = opened;
    }
    if (before !== undefined) before = before.then(() => void to.write(data));
    else if (delayMs === 0) to.write(data);
    else setTimeout(() => to.write(data), delayMs);
  });
}

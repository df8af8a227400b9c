// A connection to Redis over a network that is slow, that keeps a command for a while, that forgets connections without
// telling either end, or that leads to another server from now on. The relay itself is the bench's.

import { startRelay as startTcpRelay } from '../../services/bench/src/redis/relay.ts';

export interface Relay extends AsyncDisposable {
  readonly url: string;
  /** From now on the connections that have been used stay open and carry nothing. New ones are fine. */
  forgetConnections(): void;
  /** Keeps the next command that holds this text, and what its connection sends after it, until it is let go. */
  hold(text: string): Held;
  /** As a DNS name or a load balancer does: new connections go to this port on loopback, those that are open stay. */
  sendNewConnectionsTo(port: number): void;
}

export interface Held {
  /** Resolves when the command has come and is kept. */
  readonly reached: Promise<void>;
  letGo(): void;
}

/** @param delayMs added in each direction */
export async function startRelay(port: number, delayMs = 0): Promise<Relay> {
  const used = new Set<object>();
  const forgotten = new Set<object>();
  const gates: Gate[] = [];
  let serverPort = port;
  const relay = await startTcpRelay({
    // Read anew for each connection.
    get port() {
      return serverPort;
    },
    delayMs,
    hold(connection, direction, bytes) {
      if (forgotten.has(connection)) return new Promise<never>(() => {});
      used.add(connection);
      const gate = direction === 'to-server' ? gates.findIndex(({ text }) => bytes.includes(text)) : -1;
      const [reached] = gate < 0 ? [] : gates.splice(gate, 1);
      reached?.reach();
      return reached?.opened;
    },
  });
  return {
    url: `redis://127.0.0.1:${relay.port}`,
    forgetConnections: () => {
      for (const connection of used) forgotten.add(connection);
    },
    hold: (text) => {
      const reached = Promise.withResolvers<void>();
      const opened = Promise.withResolvers<void>();
      gates.push({ text, reach: reached.resolve, opened: opened.promise });
      return { reached: reached.promise, letGo: opened.resolve };
    },
    sendNewConnectionsTo: (newPort) => {
      serverPort = newPort;
    },
    [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose](),
  };
}

interface Gate {
  readonly text: string;
  reach(): void;
  readonly opened: Promise<void>;
}

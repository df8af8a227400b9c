// Stopping without losing a request.
//
// Readiness says `draining` at once, and the instance goes on as before until the proxy has heard of it and sends nothing
// more. Only then is the listener closed. While the proxy still uses it, no order of steps would be safe: the system
// completes connections before this process accepts them, and what is sent on one that is not accepted before the listener
// is closed is lost. How long the proxy needs depends on how busy its machine is, so the time counts from the last request.
//
// Should a new connection come after all, it is refused, and the proxy fails over even with a POST, because nothing has been
// sent yet. Idle keep-alive connections are NOT closed at once, as http.Server.close() does. The proxy may be writing a request to one at this moment, and when a POST meets a closed
// connection nobody knows whether it was carried out, so no proxy sends it again (RFC 9110, section 9.2.2). Idle
// connections therefore stay open for longer than the proxy keeps them, so that it is the proxy that closes them. A
// request that arrives on one before that is answered with `Connection: close`. A response whose head was sent before the
// drain cannot say that any more: its connection counts as idle from its end.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TcpServer } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

export interface DrainOptions {
  /**
   * For how long no request must have come before the listener is closed, in milliseconds. Longer than the proxy needs to
   * learn that this instance drains; 0 where it has learned it before. No longer than half of the deadline in all.
   */
  readonly delayMs: number;
  /** How long idle connections stay open, in milliseconds. Longer than the proxy's keepalive_timeout. */
  readonly idleMs: number;
  /** When connections are cut whatever they do, in milliseconds from the beginning. */
  readonly deadlineMs: number;
}

/** The result of a drain. */
export interface Drained {
  /** Connections that were cut at the deadline although they were not idle. */
  readonly cut: number;
}

interface Connection {
  /** Its responses that are not finished: one, or more where a client does not wait for the first. */
  readonly pending: ServerResponse[];
  /** When its last response was done, in milliseconds, and how many bytes had come until then; before that infinite. */
  idleSinceMs: number;
  bytesRead: number;
}

/** A server that can be drained. Has to be made before the server takes its first request. */
export class Drain {
  readonly #server: Server;
  /**
   * Keyed by what lives long. What is added to and deleted from a Map or a Set for each request stays until a full garbage
   * collection: V8 makes the table anew now and then, and a former one that has become old points to all that follow.
   */
  readonly #connections = new Map<Socket, Connection>();
  #draining = false;
  #listenerClosed = false;
  #lastRequestMs = Number.NEGATIVE_INFINITY;
  #accepted = 0;

  /** @param isProbe tells requests that do not come through the proxy: they go on as long as the process lives */
  constructor(server: Server, isProbe: (req: IncomingMessage) => boolean = () => false) {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      this.#accepted += 1;
      this.#connections.set(socket, {
        pending: [],
        idleSinceMs: Number.POSITIVE_INFINITY,
        bytesRead: 0,
      });
      socket.once('close', () => this.#connections.delete(socket));
    });
    server.prependListener('request', (req: IncomingMessage, res: ServerResponse) => {
      const { socket } = req;
      const connection = this.#connections.get(socket);
      if (!isProbe(req)) this.#lastRequestMs = performance.now();
      if (this.#listenerClosed) closeAfter(res);
      if (connection === undefined) return; // it has been closed already
      const { pending } = connection;
      pending.push(res);
      const onDone = () => {
        if (pending.includes(res)) return;
        connection.idleSinceMs = performance.now();
        connection.bytesRead = socket.bytesRead;
      };
      res.once('close', () => {
        pending.splice(pending.indexOf(res), 1);
        onDone();
      });
      // The body of a request that was answered before it was read may come after the response.
      req.once('close', onDone);
    });
  }

  /** True from the first call of {@link finish}. */
  get isDraining(): boolean {
    return this.#draining;
  }

  /**
   * Waits until no requests come any more, then takes no new connections and answers what comes on those that are open.
   * Resolves when no connection is left, or at the deadline.
   */
  async finish({ delayMs, idleMs, deadlineMs }: DrainOptions): Promise<Drained> {
    this.#draining = true;
    const endMs = performance.now() + deadlineMs;
    await this.#noRequestsFor(delayMs, deadlineMs / 2);
    // The kernel completes connections before this process accepts them, and resets those that are not accepted when the
    // listener is closed. One turn of the event loop accepts all that are waiting. `Connection: close` is sent only after
    // the listener is closed: before that it would make the proxy open new connections here.
    await this.#nobodyWaits(Math.min(longestBusyMs, deadlineMs / 2));

    const allClosed = new Promise<true>((resolve) => {
      // The method of net.Server, because http.Server's also closes the idle connections.
      TcpServer.prototype.close.call(this.#server, () => resolve(true));
    });
    this.#listenerClosed = true;
    for (const { pending } of this.#connections.values()) for (const res of pending) closeAfter(res);
    const timers = new AbortController();
    const later = (ms: number) =>
      sleep(ms, false as const, { signal: timers.signal }).catch(() => false as const);
    const leftNowMs = endMs - performance.now();
    try {
      if (await Promise.race([allClosed, later(Math.min(idleMs, leftNowMs))])) return { cut: 0 };
      this.#closeUnused();
      for (let leftMs = leftNowMs - idleMs; leftMs > 0; leftMs = endMs - performance.now()) {
        this.#closeIdle(idleMs);
        if (await Promise.race([allClosed, later(Math.min(leftMs, idleCheckMs))])) return { cut: 0 };
      }
      this.#closeIdle(0);
      const cut = [...this.#connections.keys()].filter((socket) => !socket.destroyed);
      for (const socket of cut) socket.destroy();
      return { cut: cut.length };
    } finally {
      timers.abort();
    }
  }

  async #noRequestsFor(delayMs: number, atMostMs: number): Promise<void> {
    const startMs = performance.now();
    const quietSinceMs = () => Math.max(startMs, this.#lastRequestMs);
    const endMs = () => Math.min(quietSinceMs() + delayMs, startMs + atMostMs);
    for (let leftMs = endMs() - startMs; leftMs > 0; leftMs = endMs() - performance.now())
      await sleep(leftMs);
  }

  /**
   * Resolves right after a turn of the event loop that has accepted nobody and was short. In a long one, which answers requests,
   * others may have come after it had looked for them.
   */
  async #nobodyWaits(atMostMs: number): Promise<void> {
    const endMs = performance.now() + atMostMs;
    for (let startMs = performance.now(); startMs < endMs; startMs = performance.now()) {
      const before = this.#accepted;
      await nextTurn();
      if (this.#accepted === before && performance.now() - startMs < shortTurnMs) return;
    }
  }

  /** Closes the connections that have been idle for so long. */
  #closeIdle(forMs: number): void {
    for (const [socket, { pending, idleSinceMs, bytesRead }] of this.#connections) {
      // More bytes: a request has begun, and its head is not complete.
      const isIdle = pending.length === 0 && socket.bytesRead === bytesRead;
      if (isIdle && performance.now() - idleSinceMs >= forMs) socket.destroy();
    }
  }

  /** Connections on which nothing ever came, which Node does not count as idle. */
  #closeUnused(): void {
    for (const socket of this.#connections.keys()) if (socket.bytesRead === 0) socket.destroy();
  }
}

/** A turn of the event loop that does nothing takes a tenth of it. In milliseconds. */
const shortTurnMs = 0.5;
/** For so long a turn is waited for in which nothing happens, in milliseconds; there is one between any two requests. */
const longestBusyMs = 250;
/** How often it looks for connections that have become idle, in milliseconds. */
const idleCheckMs = 50;

/** Has no effect when the head of the response is already sent: such a connection is closed when it is idle. */
function closeAfter(res: ServerResponse): void {
  if (!res.headersSent) res.setHeader('Connection', 'close');
}

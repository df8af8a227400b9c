// Closing a connection on which a client may still be sending, without destroying the answer. A system that closes a
// connection with unread bytes sends a reset, which overtakes the answer: whoever asked sees a broken connection. A proxy
// takes that for the fault of the instance, asks the next one, and sends nobody to either for a while; one client with
// malformed requests would take the whole site down. So the answer and the end are sent first, what still comes is read
// and dropped, and only then is the connection closed (RFC 9112, section 9.6).

import type { Socket } from 'node:net';

/** How long what still comes is read. A proxy has its answer in a millisecond. */
const longestMs = 1000;
/** How many bytes are dropped at most. What is longer than this is no mistake. */
const mostBytes = 1_048_576;
const lookEveryMs = 50;

const closing = new WeakSet<Socket>();

/** Whether {@link closeInOrder} was called: nothing that comes on this connection is to be acted upon. */
export function isClosing(socket: Socket): boolean {
  return closing.has(socket);
}

/**
 * Sends what is left to send and the end of the connection, and closes it when the other side has done so, or after 1 s or
 * 1 MiB. Further calls do nothing.
 * @param lastBytes what is sent before the end
 */
export function closeInOrder(socket: Socket, lastBytes = ''): void {
  if (closing.has(socket) || socket.destroyed) return;
  closing.add(socket);
  const endMs = performance.now() + longestMs;
  const bytesBefore = socket.bytesRead;
  const timer = setInterval(() => {
    if (performance.now() > endMs || socket.bytesRead - bytesBefore > mostBytes) socket.destroy();
  }, lookEveryMs);
  socket.once('close', () => clearInterval(timer));
  socket.end(lastBytes);
}
